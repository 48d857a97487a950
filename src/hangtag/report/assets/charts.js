// Charts drawn with plain elements: they read as lists without sight, print, and need no library.
const SERIES = ['published', 'review', 'other'];
const FEW_ATTRIBUTES = 14;
const FEW_CATEGORIES = 10;
let chosen = null;          // the attribute looked at in the overview
let allAttributes = false;

function legend(parts) {
  return el('p', {class: 'legend', 'aria-hidden': 'true'}, ...parts.map((part) => el('span', {class: `key ${part}`}, t(`legend.${part}`))));
}

function bar(parts, whole) {
  return el('span', {class: 'bar-track', 'aria-hidden': 'true'}, ...parts.filter(([, count]) => count > 0).map(([kind, count]) =>
    el('span', {class: `fill ${kind}`, style: {'--w': `${whole ? 100 * count / whole : 0}%`}})));
}

function coverageRow(attribute) {
  const name = attributeName(attribute.id);
  const review = attribute.products - attribute.published_products;
  const label = t('coverage.row', {
    name, share: share(attribute.products, TOTALS.products), published: attribute.published_products, review,
  });
  return el('li', {}, el('button', {
    type: 'button', class: 'row', 'aria-pressed': String(chosen === attribute.id), 'aria-label': label, title: label, style: hue(attribute.id),
    data: {attribute: attribute.id},
    onclick: () => { chosen = chosen === attribute.id ? null : attribute.id; drawOverview(); focusRow(attribute.id); },
  },
  el('span', {class: 'name'}, el('i', {class: 'hole'}), el('span', {}, name)),
  bar([['published', attribute.published_products], ['review', review]], TOTALS.products),
  el('span', {class: 'num'}, share(attribute.products, TOTALS.products))));
}

function focusRow(id) {
  for (const row of document.querySelectorAll('.row')) if (row.dataset.attribute === id) row.focus({preventScroll: true});
}

function coveragePanel() {
  const hidden = TOTALS.attributes.length > FEW_ATTRIBUTES + 3;
  const shown = allAttributes || !hidden ? TOTALS.attributes : TOTALS.attributes.slice(0, FEW_ATTRIBUTES);
  return el('div', {class: 'panel coverage'},
    el('h3', {}, t('coverage.title')), el('p', {class: 'note'}, t('coverage.note')),
    legend(['published', 'review']),
    el('ul', {class: 'rows'}, ...shown.map(coverageRow)),
    hidden && el('button', {type: 'button', class: 'link', onclick: () => { allAttributes = !allAttributes; drawOverview(); }},
      allAttributes ? t('coverage.less') : t('coverage.more', {n: TOTALS.attributes.length})));
}

function summed(attributes) {
  return SERIES.map((_, s) => attributes.reduce((sums, attribute) => attribute.histogram[s].map((n, i) => n + (sums[i] ?? 0)), []));
}

function histogramPanel() {
  const attribute = TOTALS.attributes.find((one) => one.id === chosen);
  const columns = summed(attribute ? [attribute] : TOTALS.attributes);
  const bins = columns[0].length;
  const heights = Array.from({length: bins}, (_, i) => columns.reduce((sum, column) => sum + column[i], 0));
  const highest = Math.max(0, ...heights);
  const head = el('h3', {}, t('confidence.title'), ' ', el('small', {}, attribute ? attributeName(attribute.id) : t('confidence.all')));
  if (!highest) return el('div', {class: 'panel'}, head, el('p', {class: 'note'}, t('confidence.none')));
  const used = SERIES.filter((_, s) => columns[s].some(Boolean));
  const columnOf = (total, i) => el('li', {title: t('confidence.bar', {from: (i / bins).toFixed(2), to: ((i + 1) / bins).toFixed(2), n: total})},
    el('span', {class: 'sr'}, t('confidence.bar', {from: (i / bins).toFixed(2), to: ((i + 1) / bins).toFixed(2), n: total})),
    el('span', {class: 'stack', 'aria-hidden': 'true', style: {'--w': `${100 * total / highest}%`}},
      ...SERIES.map((kind, s) => columns[s][i] ? el('span', {class: `fill ${kind}`, style: {'--w': `${100 * columns[s][i] / total}%`}}) : null)));
  return el('div', {class: 'panel'}, head, legend(used),
    el('ol', {class: 'histogram'}, ...heights.map(columnOf)),
    el('p', {class: 'axis', 'aria-hidden': 'true'}, ...['0', '0.25', '0.5', '0.75', '1'].map((tick) => el('span', {}, tick))),
    !attribute && TOTALS.no_confidence > 0 && el('p', {class: 'note'}, t('confidence.missing', {n: TOTALS.no_confidence})));
}

/** Bars for the commonest values of an attribute; each one filters the products. */
function valueBars(attribute, values, highest) {
  return el('ul', {class: 'rows plain'}, ...values.map((entry) => {
    const inSample = (facets.get(attribute)?.get(entry.value)?.count ?? 0) > 0;
    const cells = [el('span', {class: 'name', title: entry.value}, el('span', {}, pick(entry.label, entry.value))),
      bar([['tone', entry.products]], highest), el('span', {class: 'num'}, number(entry.products))];
    const options = {class: 'row', style: hue(attribute)};
    return el('li', {}, inSample
      ? el('button', {...options, type: 'button', onclick: () => showOnly({attribute, values: [entry.value]})}, ...cells)
      : el('div', options, ...cells));
  }));
}

function valuesPanel() {
  const attribute = TOTALS.attributes.find((one) => one.id === chosen);
  const note = attribute.approximate ? t('values.approximate', {n: attribute.distinct}) : t('values.distinct', {n: attribute.distinct});
  return el('div', {class: 'panel'},
    el('h3', {}, t('values.title'), ' ', el('small', {}, attributeName(attribute.id))),
    el('p', {class: 'note'}, note),
    valueBars(attribute.id, attribute.values, attribute.values[0]?.products ?? 0),
    facets.has(attribute.id) && el('button', {type: 'button', class: 'link', onclick: () => showOnly({attribute: attribute.id})}, t('values.show')));
}

function categoriesPanel() {
  const shown = TOTALS.categories.slice(0, FEW_CATEGORIES);
  const head = el('h3', {}, t('categories.title'));
  if (!shown.length) return el('div', {class: 'panel'}, head, el('p', {class: 'note'}, t('categories.none')));
  const entry = TOTALS.attributes.find((one) => one.id === 'category');
  const notes = [];
  if (entry.distinct > shown.length) notes.push(t('categories.more', {n: entry.distinct - shown.length}));
  const without = TOTALS.products - TOTALS.category_products;
  if (without) notes.push(t('categories.without', {n: without}));
  return el('div', {class: 'panel'}, head, valueBars('category', shown, shown[0].products),
    notes.length > 0 && el('p', {class: 'note'}, notes.join(' · ')));
}

function smallPanel(title, counts, name) {
  const entries = Object.entries(counts).slice(0, 6);
  const highest = Math.max(0, ...entries.map(([, count]) => count));
  return el('div', {class: 'panel'}, el('h3', {}, t(title)), el('ul', {class: 'rows plain quiet'}, ...entries.map(([key, count]) =>
    el('li', {}, el('div', {class: 'row'}, el('span', {class: 'name', title: key}, el('span', {}, name(key))),
      bar([['grey', count]], highest), el('span', {class: 'num'}, number(count)))))));
}

function drawOverview() {
  const section = $('overview');
  section.replaceChildren(
    el('div', {class: 'head'}, el('h2', {id: 'overview-h'}, t('overview.title')), el('p', {class: 'note'}, t('overview.note', {n: TOTALS.products}))),
    el('div', {class: 'charts'}, coveragePanel(),
      el('div', {class: 'column'}, histogramPanel(), chosen ? valuesPanel() : categoriesPanel()),
      FACTS.promises.length > 0 && el('div', {class: 'pair'}, ...FACTS.promises.map(promisePanel)),
      el('div', {class: 'pair'}, smallPanel('languages.title', TOTALS.languages, languageName),
        smallPanel('sources.title', TOTALS.sources, (source) => source || '–'))));
  section.hidden = TOTALS.products === 0;
}
