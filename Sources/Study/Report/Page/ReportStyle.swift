/// The style sheet of the page: light and dark, narrow and wide, screen and paper.
enum ReportStyle {
  static let css = colors + text + parts + tables + charts + narrow + paper

  private static let colors = """
    :root{color-scheme:light dark;--bg:#fbfaf8;--card:#fff;--ink:#1c1f24;--soft:#565d68;\
    --line:#dcd9d3;--accent:#1f5fbf;--heat:#1f5fbf;--heat-ink:#fff;--mid-ink:#10131a;\
    --c0:#1f5fbf;--c1:#b4470f;--c2:#12734c;--c3:#8430b5;--c4:#8a6a00;--c5:#b01e5a;--c6:#0a6c7d;\
    --ok:#12734c;--warn:#8a5a00;--mute:#565d68}
    @media (prefers-color-scheme:dark){:root{--bg:#14161a;--card:#1b1e24;--ink:#e9e7e2;\
    --soft:#a5abb5;--line:#363b44;--accent:#7db1ff;--heat:#7db1ff;--heat-ink:#0d1420;--mid-ink:#0d1420;\
    --c0:#7db1ff;--c1:#ff9d5c;--c2:#5fd0a0;--c3:#cf97f5;--c4:#e0bf4a;--c5:#ff8db8;--c6:#5cc9dc;\
    --ok:#5fd0a0;--warn:#e0bf4a;--mute:#a5abb5}}

    """

  private static let text = """
    *{box-sizing:border-box}
    html{scroll-padding-top:12px}
    body{margin:0;background:var(--bg);color:var(--ink);\
    font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
    main{max-width:1140px;margin:0 auto;padding:28px 20px 60px}
    h1{font-size:clamp(1.5rem,4vw,2.2rem);line-height:1.2;margin:.1em 0 .2em;overflow-wrap:anywhere}
    h2{font-size:1.35rem;margin:2.4em 0 .6em;padding-top:.7em;border-top:2px solid var(--ink);\
    overflow-wrap:anywhere}
    h3{font-size:1.08rem;margin:2em 0 .6em;overflow-wrap:anywhere}
    p{margin:.5em 0;max-width:76ch;overflow-wrap:anywhere}
    a{color:var(--accent);overflow-wrap:anywhere}
    :focus-visible{outline:2px solid var(--accent);outline-offset:2px}
    .kicker{text-transform:uppercase;letter-spacing:.09em;font-size:.75rem;color:var(--soft);\
    margin:0}
    .meta,.note{color:var(--soft);font-size:.9rem}
    .lead{font-size:1.12rem;line-height:1.6}

    """

  private static let parts = """
    .problems{border-left:4px solid var(--warn);background:var(--card);padding:.6em 1em;margin:1em 0}
    .problems h3{margin:.1em 0 .3em}.problems ul{margin:0;padding-left:1.2em}
    .problems li{overflow-wrap:anywhere}
    .findings{list-style:none;margin:.6em 0;padding:0}
    .findings li{display:grid;grid-template-columns:7.2em 1fr;gap:.3em 1em;padding:.5em 0;\
    border-top:1px solid var(--line);overflow-wrap:anywhere}
    .findings span+span{max-width:84ch}
    .tag{font-size:.78rem;line-height:1.5;font-weight:600;align-self:start;text-align:center;\
    border:1px solid currentColor;border-radius:999px;padding:.05em .6em}
    .tag.clear,.tag.measured{color:var(--ok)}.tag.uncertain{color:var(--warn)}\
    .tag.not_claimed{color:var(--mute)}
    .contents{display:flex;flex-wrap:wrap;gap:.2em 1.4em;list-style:none;padding:.8em 0;margin:1.4em 0 0;\
    border-top:1px solid var(--line);font-size:.93rem}
    .pair{display:grid;align-items:start;gap:16px;margin:12px 0;\
    grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr))}
    figure{margin:0;padding:14px 14px 10px;background:var(--card);border:1px solid var(--line);\
    border-radius:10px;min-width:0;break-inside:avoid}
    figure:only-child{max-width:640px}
    figcaption strong{display:block;overflow-wrap:anywhere}
    figcaption span{display:block;color:var(--soft);font-size:.86rem;line-height:1.45;\
    margin:.15em 0 .5em}
    .keys{list-style:none;display:flex;flex-wrap:wrap;gap:.2em 1.1em;margin:.3em 0 .5em;padding:0;\
    font-size:.86rem}
    .keys li{display:flex;align-items:center;gap:.4em;overflow-wrap:anywhere}
    .swatch{flex:none}
    .scroll{overflow-x:auto;max-width:100%}
    .scroll>svg{display:block;width:100%;height:auto;margin:0 auto}
    details{margin:.5em 0}summary{cursor:pointer;color:var(--accent);font-size:.9rem}
    details.series{margin:1.2em 0;border-top:2px solid var(--ink)}
    details.series>summary{padding:.7em 0;color:inherit}
    details.series>summary h2{display:inline;border:0;margin:0;padding:0}
    .terms{display:grid;grid-template-columns:minmax(8em,max-content) 1fr;gap:.45em 1.2em;\
    margin:.6em 0;max-width:90ch}
    dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}

    """

  private static let tables = """
    table{border-collapse:collapse;font-size:.87rem;margin:.2em 0 .6em;font-variant-numeric:tabular-nums;\
    min-width:min(100%,340px)}
    .title{color:var(--soft);margin:1em 0 0;font-size:.87rem;max-width:none}
    th,td{padding:.32em .6em;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
    th{font-weight:600;color:var(--soft);vertical-align:bottom}
    .over th{color:var(--ink);text-align:center;border-bottom:0}
    .over th+th{border-left:1px solid var(--line)}
    .n{text-align:right;white-space:nowrap}th.n{white-space:normal}
    td:first-child{white-space:nowrap}
    tr.total td{font-weight:600}
    th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer;\
    text-align:inherit}
    th[aria-sort=ascending] button::after{content:" ▲";font-size:.7em}
    th[aria-sort=descending] button::after{content:" ▼";font-size:.7em}

    """

  private static let charts = """
    svg text{fill:var(--ink);font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
    svg text.tick{fill:var(--soft)}
    svg text.axis-title{fill:var(--soft)}\
    svg text.group{font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:5px}
    .grid{stroke:var(--line);stroke-width:1}.zero{stroke:var(--soft);stroke-width:1}
    .landmark{stroke:var(--soft);stroke-width:1;stroke-dasharray:5 4}
    .c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}\
    .c5{--c:var(--c5)}.c6{--c:var(--c6)}
    .line{fill:none;stroke:var(--c);stroke-width:2}.line.again{stroke-dasharray:7 3}
    .error{stroke:var(--c);stroke-width:1.4}
    .level{stroke:var(--c);stroke-width:1.2;stroke-dasharray:4 4;opacity:.75}
    .leader{fill:none;stroke:var(--c);stroke-width:1;opacity:.5}
    .mark{fill:var(--c);stroke:var(--card);stroke-width:1}
    .ring{fill:none;stroke:var(--c);stroke-width:1.6}
    .bar{fill:var(--c);fill-opacity:.28}
    .heat{fill:var(--heat)}svg text.cell{font-size:12px;text-anchor:middle}svg text.cell.dark{fill:var(--heat-ink)}\
    svg text.cell.mid{fill:var(--mid-ink)}
    .order{fill:none;stroke:var(--c,var(--soft));stroke-width:1;stroke-dasharray:3 4;opacity:.7}
    .stage{fill:var(--accent)}svg text.number{fill:var(--heat-ink);font-weight:600;font-size:12px}

    """

  private static let narrow = """
    @media (max-width:560px){main{padding:18px 14px 40px}\
    .findings li,.terms{grid-template-columns:1fr}.tag{justify-self:start}\
    .terms dd{margin-bottom:.5em}figure{padding:12px 8px 8px}}

    """

  private static let paper = """
    @media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#333;--line:#ccc;\
    --accent:#1f5fbf;--heat:#1f5fbf;--heat-ink:#fff;--mid-ink:#10131a;\
    --c0:#1f5fbf;--c1:#b4470f;--c2:#12734c;--c3:#8430b5;--c4:#8a6a00;--c5:#b01e5a;--c6:#0a6c7d;\
    --ok:#12734c;--warn:#8a5a00;--mute:#333}main{max-width:none;padding:0}\
    body{font-size:11pt}h2,h3{break-after:avoid}tr{break-inside:avoid}\
    .pair{grid-template-columns:1fr 1fr}table{font-size:8pt}\
    .scroll{overflow:visible}.scroll>svg{min-width:0!important}\
    nav,details.data{display:none}summary{color:inherit}\
    details.series{break-before:page}details.series::details-content,details.more::details-content{content-visibility:visible;\
    display:block}\
    *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
    """
}
