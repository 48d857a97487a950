// The rest of the page, the language switch and the keys.
function drawHero() {
  const counts = {published: 0, review: 0, other: 0};
  for (const [status, count] of Object.entries(TOTALS.statuses)) if (status !== 'rejected') counts[series(status)] += count;
  const tags = TOTALS.tags;
  const eyebrow = [FACTS.catalogue, FACTS.created_at, FACTS.seconds !== null && t('hero.speed', {seconds: duration(FACTS.seconds), rate: rate()})];
  const head = tags
    ? [el('span', {}, t('hero.head', {tags, products: TOTALS.products})), ' ', el('em', {}, t('hero.head2', {share: share(counts.published, tags)}))]
    : [t('hero.none', {products: TOTALS.products})];
  const parts = SERIES.filter((kind) => counts[kind]);
  const split = el('div', {class: 'split', role: 'img', 'aria-label': `${t('hero.split', {tags})}: ${parts.map((kind) => `${t(`decision.${kind}`)} ${number(counts[kind])}`).join(', ')}`},
    ...parts.map((kind) => el('span', {class: `fill ${kind}`, style: {'--w': `${100 * counts[kind] / tags}%`}})));
  const legendOf = (kind) => el('li', {class: `key ${kind}`}, el('strong', {}, `${t(`decision.${kind}`)} ${number(counts[kind])}`), ' ',
    el('span', {class: 'soft'}, t(`decision.${kind}.hint`)));
  $('hero').replaceChildren(...[
    el('p', {class: 'eyebrow'}, eyebrow.filter(Boolean).join('  ·  ')), el('h1', {}, ...head),
    tags > 0 && split, tags > 0 && el('ul', {class: 'split-key'}, ...parts.map(legendOf)), tags > 0 && heroFacts(),
    TOTALS.inexact_spans > 0 && el('p', {class: 'warn', role: 'alert'}, t('warn.spans', {n: TOTALS.inexact_spans})),
  ].filter(Boolean));
}

const rate = () => number(FACTS.products_per_s ?? 0, FACTS.products_per_s < 10 ? 1 : 0);

function heroFacts() {
  const {products, tags, decisions, evidence} = TOTALS;
  const facts = [
    [share(products - decisions.untagged, products), 'fact.tagged'], [number(tags / products, 1), 'fact.per'],
    [share(evidence.text, tags), 'fact.evidence'], [share(decisions.published, products), 'fact.full'],
  ];
  return el('dl', {class: 'facts'}, ...facts.map(([figure, key]) => el('div', {}, el('dt', {}, t(key)), el('dd', {}, figure))));
}

function drawSampleNote() {
  $('sample-note').textContent = PRODUCTS.length === TOTALS.products ? t('sample.all', {n: TOTALS.products})
    : t('sample.some', {n: PRODUCTS.length, total: TOTALS.products});
}

function sectionHead(name, note) {
  return el('div', {class: 'head'}, el('h2', {id: `${name}-h`}, t(`${name}.title`)), el('p', {class: 'note'}, note));
}

function table(heads, rows) {
  return el('div', {class: 'scroll', tabindex: '0'}, el('table', {}, el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', {scope: 'col'}, head)))),
    el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((cell) => el('td', {}, cell)))))));
}

function drawDuplicates() {
  const {count, first} = TOTALS.duplicates;
  const note = [count ? t('duplicates.note', {n: count}) : t('duplicates.none'), count > first.length && t('duplicates.first', {n: first.length})];
  const known = new Set(PRODUCTS.map((product) => product.id));
  const place = (id) => (known.has(id)
    ? el('button', {type: 'button', class: 'link code', title: t('duplicates.open'), onclick: () => showOnly({text: id})}, id) : el('span', {class: 'code'}, id));
  $('duplicates').replaceChildren(...[
    sectionHead('duplicates', note.filter(Boolean).join(' ')),
    count > 0 && el('div', {class: 'panel'}, table([t('duplicates.product'), t('duplicates.id'), t('duplicates.of')],
      first.map((entry) => [entry.title, place(entry.id), place(entry.of)]))),
  ].filter(Boolean));
}

function drawRejects() {
  const {count, groups, reasons} = REJECTS;
  const listed = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const note = [count ? t('rejects.note', {n: count}) : t('rejects.none'), count > listed && t('rejects.first', {n: listed})];
  const group = (entry, i) => el('details', {class: 'panel', open: i === 0},
    el('summary', {}, el('strong', {}, entry.reason), el('span', {class: 'num'}, entry.count === 1 ? t('rejects.count.one') : t('rejects.count', {n: entry.count}))),
    entry.cure ? el('p', {class: 'cure'}, entry.cure) : null,
    entry.rows.length ? table([t('rejects.row'), t('rejects.raw')], entry.rows.map((row) => [String(row.row), el('code', {}, row.raw)]))
      : el('p', {class: 'note'}, t('rejects.elsewhere')));
  $('rejects').replaceChildren(...[sectionHead('rejects', note.filter(Boolean).join(' ')), ...groups.map(group),
    reasons > groups.length && el('p', {class: 'note'}, t('rejects.reasons', {n: reasons - groups.length}))].filter(Boolean));
}

function drawRun() {
  const facts = [
    [t('run.catalogue'), FACTS.catalogue], [t('run.created'), FACTS.created_at], [t('run.version'), FACTS.version],
    [t('run.rows'), t('run.rows.value', {used: TOTALS.products, rejected: REJECTS.count})],
    [t('run.time'), FACTS.seconds !== null && duration(FACTS.seconds)],
    [t('run.rate'), FACTS.products_per_s !== null && t('run.rate.value', {n: rate()})],
    [t('run.taggers'), FACTS.taggers.join(', ')], [t('run.sample'), t('run.sample.value', {n: PRODUCTS.length, seed: String(DATA.seed)})],
    ...Object.entries(FACTS.details),
  ].filter(([, value]) => value);
  const columns = Object.entries(FACTS.columns);
  $('run').replaceChildren(el('div', {class: 'head'}, el('h2', {id: 'run-h'}, t('run.title'))), el('div', {class: 'pair'},
    el('dl', {class: 'panel list'}, ...facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)))),
    columns.length ? el('div', {class: 'panel'}, el('h3', {}, t('columns.title')), table([t('columns.field'), t('columns.column')],
      columns.map(([field, column]) => [fieldName(field), el('span', {class: 'code'}, column)]))) : ''));
}

function drawFrame() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const node of document.querySelectorAll('[data-t]')) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll('[data-t-label]')) node.setAttribute('aria-label', t(node.dataset.tLabel));
  for (const button of document.querySelectorAll('[data-lang]')) button.setAttribute('aria-pressed', String(button.dataset.lang === language));
  $('search').placeholder = t('filter.search');
  $('search').setAttribute('aria-label', t('filter.search'));
  const counts = {duplicates: TOTALS.duplicates.count, rejects: REJECTS.count};
  $('nav').replaceChildren(...['overview', 'products', 'duplicates', 'rejects', 'run'].map((name) =>
    el('a', {href: `#${name}`}, t(`nav.${name}`), counts[name] ? el('span', {class: 'count'}, number(counts[name])) : null)));
}

function draw() {
  drawFrame();
  drawHero();
  drawOverview();
  drawSampleNote();
  drawFilters();
  drawList();
  drawDuplicates();
  drawRejects();
  drawRun();
}

function step(by) {
  const cards = [...document.querySelectorAll('.card')];
  const at = cards.indexOf(document.activeElement.closest('.card'));
  const next = cards[at < 0 ? 0 : Math.max(0, Math.min(cards.length - 1, at + by))];
  next?.focus({preventScroll: true});
  next?.scrollIntoView({block: 'start'});
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') release();
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
  if (event.key === '/') { event.preventDefault(); $('search').focus(); }
  if (event.key === 'j') step(1);
  if (event.key === 'k') step(-1);
});
for (const button of document.querySelectorAll('[data-lang]')) {
  button.addEventListener('click', () => {
    language = button.dataset.lang;
    try { localStorage.setItem('hangtag.language', language); } catch { /* not remembered where the browser refuses */ }
    draw();
  });
}
window.addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('#rejects details')) details.open = true;
});
buildFilters();
draw();
