/// The style sheet of the page: light and dark, narrow and wide, screen and paper.
enum ReportStyle {
  static let css = """
    :root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1c1f24;--soft:#565d68;\
    --line:#dcd9d3;--accent:#1f5fbf;--heat:#1f5fbf;--heat-ink:#fff;--mid-ink:#10131a;\
    --c0:#1f5fbf;--c1:#b4470f;--c2:#12734c;--c3:#8430b5;--c4:#8a6a00;--c5:#b01e5a;--c6:#0a6c7d;\
    --ok:#12734c;--warn:#8a5a00;--mute:#565d68}
    @media (prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1b1e24;--ink:#e9e7e2;\
    --soft:#a5abb5;--line:#363b44;--accent:#7db1ff;--heat:#7db1ff;--heat-ink:#0d1420;--mid-ink:#0d1420;\
    --c0:#7db1ff;--c1:#ff9d5c;--c2:#5fd0a0;--c3:#cf97f5;--c4:#e0bf4a;--c5:#ff8db8;--c6:#5cc9dc;\
    --ok:#5fd0a0;--warn:#e0bf4a;--mute:#a5abb5}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--bg);color:var(--ink);\
    font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
    main{max-width:1140px;margin:0 auto;padding:28px 20px 60px}
    h1{font-size:clamp(1.5rem,4vw,2.2rem);line-height:1.2;margin:.1em 0 .2em;overflow-wrap:anywhere}
    h2{font-size:1.35rem;margin:2.4em 0 .6em;padding-top:.7em;border-top:2px solid var(--ink);\
    overflow-wrap:anywhere}
    h3{font-size:1.08rem;margin:2em 0 .6em}
    p{margin:.5em 0;max-width:76ch}
    .kicker{text-transform:uppercase;letter-spacing:.09em;font-size:.75rem;color:var(--soft);\
    margin:0}
    .meta,.note{color:var(--soft);font-size:.9rem;overflow-wrap:anywhere}
    .lead{font-size:1.12rem;line-height:1.6;overflow-wrap:anywhere}
    .findings{list-style:none;margin:.6em 0;padding:0}
    .findings li{display:grid;grid-template-columns:7.2em 1fr;gap:.3em 1em;padding:.5em 0;\
    border-top:1px solid var(--line);overflow-wrap:anywhere}
    .tag{font-size:.78rem;line-height:1.5;font-weight:600;align-self:start;text-align:center;\
    border:1px solid currentColor;border-radius:999px;padding:.05em .6em}
    .tag.clear,.tag.measured{color:var(--ok)}.tag.uncertain{color:var(--warn)}\
    .tag.not_claimed{color:var(--mute)}
    .pair{display:grid;gap:16px;margin:12px 0;\
    grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr))}
    figure{margin:0;padding:14px 14px 10px;background:var(--card);border:1px solid var(--line);\
    border-radius:10px;min-width:0;break-inside:avoid}
    figcaption strong{display:block;overflow-wrap:anywhere}
    figcaption span{display:block;color:var(--soft);font-size:.86rem;line-height:1.45;\
    margin:.15em 0 .5em}
    .keys{list-style:none;display:flex;flex-wrap:wrap;gap:.2em 1.1em;margin:.3em 0 .5em;padding:0;\
    font-size:.86rem}
    .keys li{display:flex;align-items:center;gap:.4em;overflow-wrap:anywhere}
    .swatch{width:26px;height:14px;flex:none}
    .scroll{overflow-x:auto;max-width:100%}
    .scroll>svg{display:block;width:100%;height:auto;margin:0 auto}
    table{border-collapse:collapse;font-size:.87rem;margin:.6em 0;font-variant-numeric:tabular-nums;\
    min-width:min(100%,340px)}
    caption{text-align:left;color:var(--soft);padding:.2em 0 .4em;font-size:.87rem}
    th,td{padding:.32em .6em;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
    th{font-weight:600;color:var(--soft);vertical-align:bottom}
    .num{text-align:right;white-space:nowrap}th.num{white-space:normal}
    tr.total td{font-weight:600}
    details{margin:.5em 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem}
    .terms,.facts{display:grid;grid-template-columns:minmax(8em,max-content) 1fr;gap:.45em 1.2em;\
    margin:.6em 0;max-width:90ch}
    dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}
    svg text{fill:var(--ink);font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
    svg text.tick{fill:var(--soft)}
    svg text.axis-title{fill:var(--soft)}svg text.group{font-weight:600}
    .grid{stroke:var(--line);stroke-width:1}.zero{stroke:var(--soft);stroke-width:1}
    .c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}\
    .c5{--c:var(--c5)}.c6{--c:var(--c6)}
    .line{fill:none;stroke:var(--c);stroke-width:2}.error{stroke:var(--c);stroke-width:1.4}
    .level{stroke:var(--c);stroke-width:1.2;stroke-dasharray:4 4;opacity:.75}
    .mark{fill:var(--c);stroke:var(--card);stroke-width:1}
    .ring{fill:none;stroke:var(--c);stroke-width:1.6}
    .heat{fill:var(--heat)}svg text.cell{font-size:11.5px}svg text.cell.dark{fill:var(--heat-ink)}\
    svg text.cell.mid{fill:var(--mid-ink)}
    .order{fill:none;stroke:var(--soft);stroke-width:1;stroke-dasharray:3 4}
    .stage{fill:var(--accent)}svg text.number{fill:var(--heat-ink);font-weight:600;font-size:11.5px}
    @media (max-width:560px){main{padding:18px 14px 40px}\
    .findings li,.terms,.facts{grid-template-columns:1fr}.tag{justify-self:start}\
    .terms dd,.facts dd{margin-bottom:.5em}figure{padding:12px 8px 8px}}
    @media print{:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#333}main{max-width:none;padding:0}\
    h2{break-after:avoid}h3{break-after:avoid}tr{break-inside:avoid}\
    .scroll{overflow:visible}details:not([open]){display:none}summary{color:inherit}\
    *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
    """
}
