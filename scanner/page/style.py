"""How an answer's page looks: on a phone, on a screen by day or night, and on paper."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
@page { size: A4; margin: 16mm 15mm; }
:root { color-scheme: light dark; --ink: #1a1a1a; --soft: #4a4a4a; --paper: #fff; --rule: #b8b8b8; --mark: #ffe58a;
  --warn: #8a1c1c; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #b5b5b5; --paper: #161616; --rule: #555;
  --mark: #6b5500; --warn: #ffb3a8; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink); background: var(--paper);
  margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--ink);
  break-after: avoid; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; break-after: avoid; }
h4 { font-size: 1rem; font-weight: 600; margin: 0; }
p, ul { margin: .4rem 0; }
.note, .count, .label, dt { color: var(--soft); font-weight: normal; }
.note { font-size: .9rem; }
.secret { border: 2px solid var(--warn); padding: .6rem .8rem; margin: 1rem 0; }
dl { display: grid; grid-template-columns: minmax(5rem, max-content) minmax(0, 1fr); gap: .1rem .8rem;
  margin: .2rem 0; }
dt, dd { margin: 0; }
article { border-left: 4px solid var(--rule); padding: .3rem 0 .3rem .7rem; margin: .6rem 0; break-inside: avoid; }
article.certain { border-left-color: var(--ink); }
.no { color: var(--soft); font-variant-numeric: tabular-nums; }
.tier { font-weight: normal; border: 1px solid var(--rule); border-radius: 3px; padding: 0 .35rem; font-size: .85rem;
  white-space: nowrap; }
.context { padding-left: 1.1rem; margin: 0; }
mark { background: var(--mark); color: inherit; font-weight: 600; }
table { border-collapse: collapse; width: 100%; table-layout: auto; }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--rule); }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
.value { font-weight: 600; }
.entries { list-style: none; padding: 0; }
.entries li { padding: .3rem 0; border-bottom: 1px solid var(--rule); break-inside: avoid; }
th { overflow-wrap: normal; hyphens: auto; }
@media (max-width: 30rem) { dl { grid-template-columns: minmax(0, 1fr); } dd { margin-bottom: .3rem; } }
@media print { :root { color-scheme: light; --ink: #000; --soft: #333; --paper: #fff; --rule: #888; --mark: #fff;
  --warn: #000; } body { font-size: 10pt; } main { max-width: none; padding: 0; }
  mark { text-decoration: underline; } }
"""
