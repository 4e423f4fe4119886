"""How a page looks: on a screen by day and by night, on a phone, and in print."""

_DAY = """
  --paper: #ffffff; --ink: #1b2026; --soft: #56606b; --line: #dfe3e8; --card: #f5f7f9; --link: #1f5fa8;
  --grey: #555555; --grid: #e6e6e6; --pale: #dddddd; --frame: #cccccc; --blue: #1f5fa8; --orange: #ee8733;
  --green: #3a9a5b; --violet: #8a5fb0; --red: #c8404a; --teal: #1aa3a8; --brown: #8c6d46; --pink: #d9669e;
  --deep: #14406f;
  --warn: #9a4a00; --warn-card: #fff5ea;
"""
_NIGHT = """
  --paper: #15181c; --ink: #e7eaee; --soft: #a4aeb9; --line: #30363e; --card: #1c2127; --link: #8ab8ec;
  --grey: #a9b1ba; --grid: #2a3037; --pale: #3a414a; --frame: #4a525c; --blue: #6ea6e8; --orange: #f09a50;
  --green: #5cc081; --violet: #b18ddb; --red: #ea6f78; --teal: #45c3c8; --brown: #c2a077; --pink: #ec8dbb;
  --deep: #b8d4f5;
  --warn: #f5b26b; --warn-card: #2b2219;
"""

STYLE = f"""
:root {{ color-scheme: light dark;{_DAY}}}
@media (prefers-color-scheme: dark) {{ :root {{{_NIGHT}}} }}
* {{ box-sizing: border-box; }}
html {{ font: 100%/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }}
body {{ margin: 0 auto; padding: 2.5rem 1.25rem 3rem; max-width: 50rem; background: var(--paper); color: var(--ink);
  overflow-wrap: anywhere; }}
h1, h2, p, dl, ul, ol, figure {{ margin: 0; }}
h1 {{ font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; }}
h2 {{ font-size: 1.2rem; line-height: 1.3; font-weight: 650; margin-bottom: 0.75rem; }}
header p, footer, small, figcaption, caption, dt, .note {{ color: var(--soft); }}
header p {{ margin-top: 0.35rem; }}
a {{ color: var(--link); text-underline-offset: 0.15em; }}
a:focus-visible, [tabindex]:focus-visible {{ outline: 2px solid var(--link); outline-offset: 2px; }}
section, nav {{ margin-top: 2.75rem; }}
section > * + * {{ margin-top: 1rem; }}
section > h2 + * {{ margin-top: 0; }}
#answer {{ margin-top: 1.75rem; padding: 1.5rem; border-radius: 0.75rem; background: var(--card); }}
.lead {{ font-size: 1.35rem; line-height: 1.4; font-weight: 550; text-wrap: balance; }}
th:last-child, td:last-child {{ padding-right: 0; }}
.lead + .lead {{ margin-top: 0.5rem; }}
nav h2 {{ font-size: 0.95rem; margin-bottom: 0.4rem; }}
nav ol {{ padding-left: 1.25rem; columns: 2; column-gap: 2rem; font-size: 0.95rem; }}
dl.large {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1.1rem 1.5rem; }}
dl.large dt {{ font-size: 0.85rem; line-height: 1.3; }}
dl.large dd {{ margin: 0.15rem 0 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums;
  line-height: 1.25; }}
dl.large small {{ display: block; font-size: 0.8rem; font-weight: 400; line-height: 1.35; margin-top: 0.1rem; }}
dl.plain > div {{ display: grid; grid-template-columns: 11rem 1fr; gap: 0.25rem 1rem; padding: 0.4rem 0;
  border-top: 1px solid var(--line); }}
dl.plain dd {{ margin: 0; }}
dl.plain small {{ display: block; }}
.wide {{ overflow-x: auto; overflow-wrap: normal; }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }}
caption {{ text-align: left; padding-bottom: 0.4rem; font-size: 0.9rem; position: sticky; left: 0;
  max-width: calc(100vw - 2rem); }}
th, td {{ padding: 0.35rem 1rem 0.35rem 0; text-align: left; vertical-align: top;
  border-top: 1px solid var(--line); max-width: 22rem; overflow-wrap: break-word; }}
th {{ font-weight: 600; border-top: 0; vertical-align: bottom; }}
.number {{ text-align: right; white-space: nowrap; }}
ul.findings {{ list-style: none; padding: 0; }}
ul.findings li {{ padding: 0.7rem 1rem; border-left: 3px solid var(--line); background: var(--card);
  border-radius: 0 0.4rem 0.4rem 0; }}
ul.findings li + li {{ margin-top: 0.5rem; }}
ul.findings .warning {{ border-left-color: var(--warn); background: var(--warn-card); }}
ul.findings .warning strong {{ color: var(--warn); }}
ul.findings strong {{ font-weight: 650; margin-right: 0.25rem; }}
svg {{ display: block; width: 100%; height: auto; min-width: 20rem; margin: 0 auto; }}
svg text {{ fill: var(--ink); }}
figcaption {{ margin-top: 0.4rem; font-size: 0.9rem; }}
footer {{ margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 0.85rem; }}
@media (max-width: 34rem) {{
  body {{ padding: 1.25rem 1rem 2rem; }}
  h1 {{ font-size: 1.45rem; }}
  #answer {{ padding: 1.1rem; }}
  .lead {{ font-size: 1.15rem; }}
  nav ol {{ columns: 1; padding-left: 1.6rem; }}
  dl.plain > div {{ grid-template-columns: 1fr; gap: 0; }}
}}
@media print {{
  :root {{{_DAY}}}
  @page {{ margin: 18mm 16mm; }}
  html {{ font-size: 9.5pt; }}
  body {{ max-width: none; padding: 0; background: #ffffff; }}
  section, nav {{ margin-top: 1.6rem; }}
  #answer {{ border: 1px solid var(--line); }}
  h2 {{ break-after: avoid; }}
  figure, tr, li, dl.large {{ break-inside: avoid; }}
  .wide {{ overflow: visible; }}
  svg {{ max-width: 10.5cm !important; min-width: 0; }}
  a {{ color: inherit; text-decoration: none; }}
}}
"""
