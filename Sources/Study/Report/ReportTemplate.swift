/// The page and its parts, in Mustache.
///
/// `{{…}}` is escaped; `{{{…}}}` holds drawings and the style sheet only, which are made here.
enum ReportTemplate {
  static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{{name}} – Lethe</title>
    <style>{{{style}}}</style>
    </head>
    <body>
    <main>
    <header>
    <p class="kicker">Drift and forgetting</p>
    <h1>{{name}}</h1>
    <p class="meta">{{meta}}</p>
    </header>
    <section aria-labelledby="summary">
    <h2 id="summary">In short</h2>
    <p class="lead">{{lead}}</p>
    <details open>
    <summary>Every finding, and how sure it is</summary>
    <ul class="findings">
    {{#findings}}
    <li><span class="tag {{style}}">{{certainty}}</span><span>{{text}}</span></li>
    {{/findings}}
    </ul>
    </details>
    </section>
    {{#series}}
    <section aria-labelledby="{{id}}">
    <h2 id="{{id}}">{{title}}</h2>
    <h3>What was forgotten, and what was learned</h3>
    <div class="pair">{{#scores}}{{> figure}}{{/scores}}</div>
    {{#forgetting}}{{> table}}{{/forgetting}}
    {{#notes}}<p class="note">{{.}}</p>{{/notes}}
    {{#more}}{{> fold}}{{/more}}
    <h3>Where the weights moved</h3>
    <div class="pair">{{#drift}}{{> figure}}{{/drift}}</div>
    {{#driftNotes}}<p class="note">{{.}}</p>{{/driftNotes}}
    <h3>Drift against forgetting</h3>
    <p>Each point is one stage, in the order of its number: {{stageKey}}. For each axis, first the \
    distance from the base against the drop from the base, then the distance that one stage went \
    against what that stage alone took.</p>
    <div class="pair">{{#scatter}}{{> figure}}{{/scatter}}</div>
    {{#association}}{{> table}}{{/association}}
    <p class="note">{{associationNote}}</p>
    {{#associationMore}}{{> fold}}{{/associationMore}}
    </section>
    {{/series}}
    <section aria-labelledby="reading">
    <h2 id="reading">How to read the numbers</h2>
    <dl class="terms">
    {{#terms}}<dt>{{term}}</dt><dd>{{meaning}}</dd>{{/terms}}
    </dl>
    </section>
    <section aria-labelledby="provenance">
    <h2 id="provenance">Where the numbers come from</h2>
    <dl class="facts">
    {{#facts}}<dt>{{term}}</dt><dd>{{meaning}}</dd>{{/facts}}
    </dl>
    {{#checkpoints}}{{> table}}{{/checkpoints}}
    </section>
    </main>
    </body>
    </html>

    """

  static let figure = """
    <figure>
    <figcaption><strong>{{title}}</strong><span>{{caption}}</span></figcaption>
    {{#hasKeys}}<ul class="keys">{{#keys}}<li>{{{swatch}}}{{name}}</li>{{/keys}}</ul>{{/hasKeys}}
    <div class="scroll" tabindex="0" role="group" aria-label="{{title}}">{{{svg}}}</div>
    {{#data}}{{> fold}}{{/data}}
    </figure>

    """

  static let table = """
    <div class="scroll" tabindex="0" role="group" aria-label="{{label}}">
    <table>
    {{#title}}<caption>{{.}}</caption>{{/title}}
    <thead><tr>{{#columns}}<th scope="col" class="{{style}}">{{title}}</th>{{/columns}}</tr></thead>
    <tbody>
    {{#rows}}<tr{{#isTotal}} class="total"{{/isTotal}}>\
    {{#cells}}<td class="{{style}}">{{text}}</td>{{/cells}}</tr>
    {{/rows}}
    </tbody>
    </table>
    </div>

    """

  static let fold = """
    <details class="data"><summary>{{summary}}</summary>
    {{#table}}{{> table}}{{/table}}
    </details>

    """
}
