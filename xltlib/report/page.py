"""The look of the report: two Jinja templates and one style sheet, light and dark, offline."""

from jinja2 import Environment, StrictUndefined

STYLE = """
:root{--ink:#1d2430;--soft:#5d6675;--paper:#fcfcfa;--card:#fff;--line:#e3e5e8;--link:#0a5c99;--warn:#8a4b00;--warnbg:#fff4e2;
--code:#f3f4f6}
@media
(prefers-color-scheme:dark){:root{--ink:#e5e8ee;--soft:#9aa4b4;--paper:#14171c;--card:#1c2027;--line:#2d333d;
--link:#7cc0f5;--warn:#f3c07a;--warnbg:#33270f;--code:#242a33}}
*{box-sizing:border-box}
html{scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6
system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:3rem}
h1{font-size:2.1rem;line-height:1.2;letter-spacing:-.02em;margin:.2rem 0 .8rem}
h2{font-size:1.35rem;margin:3rem 0 1rem;padding-top:.6rem;border-top:1px solid var(--line)}
h3{font-size:1.05rem;margin:1.6rem 0 .4rem}
a{color:var(--link);text-decoration-thickness:1px;text-underline-offset:2px}
.kicker{color:var(--soft);font-size:.85rem;letter-spacing:.08em;text-transform:uppercase;margin:0}
.about{color:var(--soft);max-width:46rem;margin:0}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;margin:1.4rem 0 0;font-size:.95rem}
.notes{background:var(--warnbg);color:var(--warn);border-radius:8px;padding:.8rem 1rem .8rem
2.2rem;margin:1.5rem 0}
ol.found{padding-left:1.3rem;max-width:52rem}ol.found li{margin:.35rem 0}
figure{margin:0 0 1.8rem;background:var(--card);border:1px solid
var(--line);border-radius:10px;padding:1rem}
figure img{display:block;max-width:100%;height:auto;margin:0 auto;background:#fff;border-radius:6px}
figcaption{margin:.8rem .2rem 0;font-size:.93rem}
.files{color:var(--soft);font-size:.85rem;margin:.3rem 0 0}
details{border:1px solid var(--line);border-radius:10px;background:var(--card);margin:0 0
.9rem;padding:.1rem 1rem}
details details{border:0;background:none;padding:0;margin:.2rem 0}
summary{cursor:pointer;padding:.55rem 0;font-weight:600}
details details summary,figure
summary{font-weight:400;color:var(--soft);font-size:.85rem;padding:.1rem 0}
figure details{border:0;padding:0;margin:.2rem 0 0;background:none}
.scroll{overflow:auto;max-height:34rem;margin:.2rem 0 .6rem}
table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums;width:100%}
th{position:sticky;top:0;background:var(--card);text-align:left;border-bottom:2px solid
var(--line);white-space:nowrap}
th,td{padding:.28rem .7rem .28rem 0}td{border-bottom:1px solid var(--line);white-space:nowrap}
td.n,th.n{text-align:right}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.85em}
pre{background:var(--code);border-radius:8px;padding:.7rem
.9rem;overflow:auto;font-size:.84rem;line-height:1.45;margin:.5rem 0}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem
1.2rem;font-size:.92rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.85rem;padding:3rem 1.5rem}
"""

#: Nothing runs and nothing is fetched, whatever texts of data or models hold.
CSP = (
    "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ csp }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<header>
<p class="kicker">Profile {{ profile }}</p>
<h1>{{ title }}</h1>
<p class="about">{{ about }}</p>
<nav>{% for id, name in sections %}<a href="#{{ id }}">{{ name }}</a>{% endfor %}</nav>
</header>
<main>
{% if notes %}<ul class="notes">{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>{%
endif %}
{% if conclusions %}<section id="conclusions"><h2>What this run shows</h2>
<ol class="found">{% for sentence in conclusions %}<li>{{ sentence }}</li>{% endfor %}</ol>
<p class="files">Computed from the tables below; nothing here is written by hand.</p></section>{%
endif %}
{% macro origin(a) %}<details><summary>Made by</summary><dl>
<dt>Notebook</dt><dd>{{ a.notebook or "not stated" }}</dd>
{% for key, value in a.parameters.items() %}<dt>{{ key }}</dt><dd>{{ value }}</dd>{% endfor %}
<dt>Cells</dt><dd class="mono">{{ a.cells|join(" ") or "none" }}</dd>
{% if a.records_sha256 %}<dt>Records</dt><dd class="mono">{{ a.records_sha256 }}</dd>{% endif %}
{% for file, sha in a.files %}<dt>{{ file }}</dt><dd class="mono">{{ sha }}</dd>{% endfor %}
</dl></details>{% endmacro %}
{% if figures %}<section id="figures"><h2>Figures</h2>
{% for f in figures %}<figure id="{{ f.name }}">
<a href="{{ f.name }}.svg"><img src="{{ f.name }}.png" alt="{{ f.caption }}" loading="lazy"></a>
<figcaption>{{ f.caption }}<p class="files">{% for file, _ in f.files %}<a href="{{ file }}">{{
file }}</a>{% if not loop.last %} · {% endif %}{% endfor %}</p></figcaption>
{{ origin(f) }}</figure>
{% endfor %}</section>{% endif %}
{% if tables %}<section id="tables"><h2>Tables</h2>
{% for t in tables %}<details id="table-{{ t.name }}"{% if loop.first %} open{% endif
%}><summary>{{ t.caption }}</summary>
<p class="files">{{ t.rows|length }} rows · {% for file, _ in t.files %}<a href="tables/{{ file
}}">{{ file }}</a>{% if not loop.last %} · {% endif %}{% endfor %}</p>
<div class="scroll"><table><thead><tr>{% for c in t.columns %}<th{% if c.number %} class="n"{%
endif %}>{{ c.name }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in t.rows %}<tr>{% for v in row %}<td{% if t.columns[loop.index0].number %}
class="n"{% endif %}>{{ v }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>
{{ origin(t) }}</details>
{% endfor %}</section>{% endif %}
{% if cells %}<section id="notebooks"><h2>Notebooks as they ran</h2>
<div class="scroll"><table><thead><tr><th>Notebook</th><th>Kind</th><th>Cell</th><th
class="n">Seconds</th><th class="n">Peak MB</th></tr></thead>
<tbody>{% for c in cells %}<tr><td>{% if c.html %}<a href="{{ c.html }}">{{ c.label }}</a>{% else
%}{{ c.label }}{% endif %}</td><td>{{ c.kind }}</td>
<td class="mono">{{ c.id }}</td><td class="n">{{ c.seconds }}</td><td class="n">{{ c.memory
}}</td></tr>
{% endfor %}</tbody></table></div></section>{% endif %}
{% if phases %}<section id="time"><h2>Where the time goes</h2>
<p class="about">Seconds of work of all jobs that are done, wherever they ran; with two jobs at a
time the run took about half as long.</p>
<div class="scroll"><table><thead><tr><th>Phase</th><th class="n">Seconds</th><th
class="n">Share</th></tr></thead>
<tbody>{% for p in phases %}<tr><td>{{ p.phase }}</td><td class="n">{{ "%.1f"|format(p.seconds)
}}</td><td class="n">{{ "%.0f %%"|format(100 * p.share) }}</td></tr>
{% endfor %}</tbody></table></div></section>{% endif %}
<section id="provenance"><h2>Provenance</h2>
{% for heading, facts in provenance %}<h3>{{ heading }}</h3><dl>{% for key, value in facts
%}<dt>{{ key }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>
{% endfor %}</section>
</main>
<footer>Made by xltlib {{ version }} from the records of this profile.</footer>
</body>
</html>
"""

NOTEBOOK_STYLE = """
.highlight{background:none!important}
table.dataframe,.dataframe th,.dataframe td{border-width:0 0 1px;border-color:var(--line)}
@media (prefers-color-scheme:dark){.highlight span{filter:brightness(1.8)}}
.jp-Cell,.cell{margin:0 0
1rem}.jp-InputPrompt,.jp-OutputPrompt,.input_prompt,.output_prompt,.prompt{display:none}
.jp-OutputArea-output img,.output_png img,.output_svg
img{max-width:100%;background:#fff;border-radius:6px}
.anchor-link{display:none}.dataframe th,.dataframe
td{white-space:nowrap}.output_subarea,.jp-OutputArea-output{overflow:auto}
"""

NOTEBOOK = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ csp }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{ title }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<header><p class="kicker"><a href="../index.html">All results</a></p><h1>{{ title }}</h1></header>
<main>
{{ body|safe }}
</main>
</body>
</html>
"""


def render(template: str, **values: object) -> str:
    """Fill a template; text is escaped, and a name that the template needs but is not given
    fails."""
    # Not autoescape by file name: the templates are strings.
    return (
        Environment(autoescape=True, undefined=StrictUndefined)
        .from_string(template)
        .render(csp=CSP, **values)
    )
