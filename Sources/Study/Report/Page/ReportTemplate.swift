/// The page and its parts, in Mustache.
///
/// `{{…}}` is escaped; `{{{…}}}` holds drawings, the style sheet and the script only, which are made
/// here.
enum ReportTemplate {
  static let page = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; script-src 'unsafe-inline'">
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
    {{#lead}}<p class="lead">{{.}}</p>{{/lead}}
    {{> problems}}
    {{> findings}}
    </section>
    {{> contents}}
    {{#sections}}{{> section}}{{/sections}}
    {{> folds}}
    {{#ending}}{{> section}}{{/ending}}
    </main>
    <script>{{{script}}}</script>
    </body>
    </html>

    """

  /// What could not be done, near the top.
  static let problems = """
    {{#problems}}
    <div class="problems" role="note">
    <h3>What could not be done</h3>
    <ul>{{#items}}<li>{{.}}</li>{{/items}}</ul>
    </div>
    {{/problems}}

    """

  /// The findings that matter most, and the rest by series.
  static let findings = """
    <h3>Findings, and how sure they are</h3>
    <ul class="findings">
    {{#findings}}{{> finding}}{{/findings}}
    </ul>
    {{#moreFindings}}
    <details class="more"><summary>{{title}}</summary>
    <ul class="findings">
    {{#findings}}{{> finding}}{{/findings}}
    </ul>
    </details>
    {{/moreFindings}}

    """

  static let finding = """
    <li><span class="tag {{style}}">{{certainty}}</span><span>{{text}}</span></li>

    """

  static let contents = """
    <nav aria-label="Contents">
    <ol class="contents">
    {{#contents}}<li><a href="#{{id}}">{{title}}</a></li>{{/contents}}
    </ol>
    </nav>

    """

  static let section = """
    <section aria-labelledby="{{id}}">
    <h2 id="{{id}}">{{title}}</h2>
    {{#parts}}{{> part}}{{/parts}}
    </section>

    """

  /// One section for each series that opens on demand.
  static let folds = """
    {{#folds}}
    <details class="series"{{#isOpen}} open{{/isOpen}}>
    <summary><h2 id="{{id}}">{{title}}</h2></summary>
    {{#parts}}{{> part}}{{/parts}}
    </details>
    {{/folds}}

    """

  static let part = """
    {{#title}}<h3>{{.}}</h3>{{/title}}
    {{#blocks}}{{> block}}{{/blocks}}

    """

  static let block = """
    {{#text}}<p>{{.}}</p>{{/text}}
    {{#notes}}<p class="note">{{.}}</p>{{/notes}}
    {{#figures}}<div class="pair">{{#items}}{{> figure}}{{/items}}</div>{{/figures}}
    {{#table}}{{> table}}{{/table}}
    {{#list}}<ul class="findings">{{#findings}}{{> finding}}{{/findings}}</ul>{{/list}}
    {{#terms}}<dl class="terms">\
    {{#items}}<dt>{{term}}</dt><dd>{{meaning}}</dd>{{/items}}</dl>{{/terms}}
    {{#fold}}<details class="data"><summary>{{summary}}</summary>
    {{#tables}}{{> table}}{{/tables}}</details>{{/fold}}

    """

  static let figure = """
    <figure>
    <figcaption><strong>{{title}}</strong><span>{{caption}}</span></figcaption>
    {{#hasKeys}}<ul class="keys">{{#keys}}<li>{{{swatch}}}{{name}}</li>{{/keys}}</ul>{{/hasKeys}}
    <div class="scroll" tabindex="0" role="group" aria-label="{{title}}">{{{svg}}}</div>
    <details class="data"><summary>The numbers of this chart</summary>
    {{#table}}{{> table}}{{/table}}
    <p class="note">Unrounded: <a href="{{dataPath}}">{{dataPath}}</a></p></details>
    </figure>

    """

  static let table = """
    {{#title}}<p class="title">{{.}}</p>{{/title}}
    <div class="scroll" tabindex="0" role="group" aria-label="{{label}}">
    <table aria-label="{{label}}">
    <thead>{{#hasHeadings}}<tr class="over">\
    {{#headings}}<th scope="colgroup" colspan="{{width}}">{{title}}</th>{{/headings}}</tr>\
    {{/hasHeadings}}<tr class="names">\
    {{#columns}}<th scope="col"{{#style}} class="{{.}}"{{/style}}>{{title}}</th>{{/columns}}</tr>\
    </thead>
    <tbody>
    {{#rows}}<tr{{#isTotal}} class="total"{{/isTotal}}>\
    {{#cells}}<td{{#style}} class="{{.}}"{{/style}}>{{text}}</td>{{/cells}}</tr>
    {{/rows}}
    </tbody>
    </table>
    </div>

    """
}
