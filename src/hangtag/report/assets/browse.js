// The list of products: what is asked for, what fits, fifty a page.
const PAGE = 50;
const FEW_VALUES = 40;
const NOTHING = {text: '', decision: '', language: '', attribute: '', lacks: false, values: []};
let wanted = {...NOTHING};
let page = 0;
let valueSearch = '';

/** attribute -> value -> {count, label}: how many sampled products carry it. */
const facets = new Map();
for (const product of PRODUCTS) {
  const seen = new Set();
  for (const tag of product.tags) {
    const key = `${tag.attribute}\n${tag.value}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (!facets.has(tag.attribute)) facets.set(tag.attribute, new Map());
    const values = facets.get(tag.attribute);
    const entry = values.get(tag.value) ?? {count: 0, value: tag.value, label: tag.label};
    entry.count += 1;
    values.set(tag.value, entry);
  }
}
const carriers = new Map([...facets.keys()].map((id) => [id, PRODUCTS.filter((product) => product.tags.some((tag) => tag.attribute === id)).length]));

const haystacks = new Map();
function haystack(product) {
  if (!haystacks.has(product)) {
    const tags = product.tags.flatMap((tag) => [tag.value, ...Object.values(tag.label)]);
    haystacks.set(product, fold([product.id, product.duplicate_of ?? '', product.category ?? '', ...product.texts.map(([, text]) => text), ...tags].join('\n')));
  }
  return haystacks.get(product);
}

/** Whether one and the same tag of the product meets the attribute, value and status asked for. */
function fitsTags(product) {
  const {decision, attribute, values, lacks} = wanted;
  if (decision === 'untagged') return product.tags.length === 0;
  if (attribute && lacks) return !product.tags.some((tag) => tag.attribute === attribute && tag.status !== 'rejected');
  if (!decision && !attribute) return true;
  return product.tags.some((tag) => (!decision || tag.status === decision) && (!attribute || tag.attribute === attribute)
    && (!values.length || values.includes(tag.value)));
}

function fitting() {
  const words = fold(wanted.text).split(/\s+/).filter(Boolean);
  return PRODUCTS.filter((product) => (!wanted.language || product.language === wanted.language) && fitsTags(product)
    && words.every((word) => haystack(product).includes(word)));
}

/** Change what is asked for, from the filters or from elsewhere on the page. */
function ask(change) {
  wanted = {...wanted, ...change};
  page = 0;
  drawFilters();
  drawList();
}

function showOnly(change) {
  valueSearch = '';
  $('search').value = change.text ?? '';
  ask({...NOTHING, ...change});
  $('products').scrollIntoView();
  $('products').focus({preventScroll: true});
}

function choice(options, current, choose, label) {
  return el('div', {class: options.length === 3 ? 'choices three' : 'choices', role: 'group', 'aria-label': label}, ...options.map(([value, text]) =>
    el('button', {type: 'button', 'aria-pressed': String(value === current), data: {choice: value}, onclick: () => choose(value)}, text)));
}

function facet(title, ...children) {
  return el('div', {class: 'facet'}, el('h3', {}, title), ...children);
}

function attributeFacet() {
  const ids = [...facets.keys()].sort((a, b) => carriers.get(b) - carriers.get(a));
  const select = el('select', {id: 'attribute', 'aria-label': t('filter.attribute'),
    onchange: (event) => { valueSearch = ''; ask({attribute: event.target.value, values: [], lacks: false}); $('attribute').focus(); }},
  el('option', {value: ''}, t('filter.attribute.any')),
  ...ids.map((id) => el('option', {value: id, selected: id === wanted.attribute}, `${attributeName(id)} (${number(carriers.get(id))})`)));
  if (!wanted.attribute) return facet(t('filter.attribute'), select);
  const lacks = el('label', {class: 'check'}, el('input', {type: 'checkbox', id: 'lacks', checked: wanted.lacks,
    onchange: (event) => { ask({lacks: event.target.checked, values: []}); $('lacks').focus(); }}), el('span', {}, t('filter.lacks')));
  return facet(t('filter.attribute'), select, lacks);
}

function valueFacet() {
  const entries = [...(facets.get(wanted.attribute)?.values() ?? [])].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  const list = el('ul', {class: 'values', id: 'values', style: hue(wanted.attribute)});
  const fill = () => {
    const word = fold(valueSearch.trim());
    const fits = entries.filter((entry) => fold([entry.value, ...Object.values(entry.label)].join('\n')).includes(word));
    list.replaceChildren(...fits.slice(0, FEW_VALUES).map(valueBox));
    if (!fits.length) list.append(el('li', {class: 'soft'}, t('filter.value.none')));
    if (fits.length > FEW_VALUES) list.append(el('li', {class: 'soft'}, t('filter.value.more', {n: fits.length - FEW_VALUES})));
  };
  fill();
  const search = el('input', {type: 'search', id: 'value-search', placeholder: t('filter.value.search'), 'aria-label': t('filter.value.search'),
    oninput: (event) => { valueSearch = event.target.value; fill(); }});
  search.value = valueSearch;
  return facet(t('filter.value'), entries.length > 8 && search, list);
}

function valueBox(entry) {
  return el('li', {}, el('label', {class: 'check'}, el('input', {type: 'checkbox', checked: wanted.values.includes(entry.value),
    onchange: (event) => {
      const values = wanted.values.filter((value) => value !== entry.value);
      wanted = {...wanted, values: event.target.checked ? [...values, entry.value] : values};
      page = 0;
      drawList();
    }}), el('span', {}, pick(entry.label, entry.value)), el('span', {class: 'num'}, number(entry.count))));
}

function drawFilters() {
  const statuses = Object.keys(TOTALS.statuses).map((status) => [status, MESSAGES[language][`status.${status}`] ?? status]);
  const untagged = PRODUCTS.some((product) => !product.tags.length);
  const languages = [...new Set(PRODUCTS.map((product) => product.language))];
  const again = (key) => (value) => {
    ask({[key]: value});
    [...document.querySelectorAll(`#facet-${key} button`)].find((button) => button.dataset.choice === value)?.focus();
  };
  const decision = choice([['', t('filter.any')], ...statuses, ...(untagged ? [['untagged', t('filter.untagged')]] : [])],
    wanted.decision, again('decision'), t('filter.decision'));
  decision.id = 'facet-decision';
  const spoken = choice([['', t('filter.any')], ...languages.map((code) => [code, languageName(code)])], wanted.language, again('language'), t('filter.language'));
  spoken.id = 'facet-language';
  $('facets').replaceChildren(...[
    facet(t('filter.decision'), decision),
    languages.length > 1 && facet(t('filter.language'), spoken),
    facets.size > 0 && attributeFacet(),
    wanted.attribute && !wanted.lacks && valueFacet(),
  ].filter(Boolean));
}

/** The search field outlives every redraw, so that typing is never interrupted. */
function buildFilters() {
  $('filters').replaceChildren(
    el('input', {type: 'search', id: 'search', autocomplete: 'off', spellcheck: 'false', oninput: (event) => {
      wanted = {...wanted, text: event.target.value};
      page = 0;
      drawList();
    }}),
    el('details', {id: 'more-filters', open: matchMedia('(min-width: 900px)').matches}, el('summary', {data: {t: 'filter.open'}}), el('div', {id: 'facets'})));
  $('clear').addEventListener('click', () => { $('search').value = ''; valueSearch = ''; ask(NOTHING); $('search').focus(); });
}

function drawList() {
  release();
  const fits = fitting();
  const pages = Math.max(1, Math.ceil(fits.length / PAGE));
  page = Math.min(page, pages - 1);
  const shown = fits.slice(page * PAGE, (page + 1) * PAGE);
  const asked = JSON.stringify(wanted) !== JSON.stringify(NOTHING);
  $('clear').hidden = !asked;
  $('found').textContent = !fits.length ? t(asked ? 'found.none' : 'empty') : fits.length === 1 ? t('found.one')
    : pages > 1 ? t('found.range', {n: fits.length, from: page * PAGE + 1, to: page * PAGE + shown.length}) : t('found', {n: fits.length});
  $('list').replaceChildren(...shown.map(card));
  drawPages(pages);
}

function drawPages(pages) {
  const go = (to) => () => { page = to; drawList(); $('products').scrollIntoView(); $('products').focus({preventScroll: true}); };
  const numbers = [...new Set([0, page - 1, page, page + 1, pages - 1])].filter((n) => n >= 0 && n < pages);
  const buttons = numbers.flatMap((n, i) => [
    i > 0 && n - numbers[i - 1] > 1 ? el('span', {class: 'soft'}, '…') : null,
    el('button', {type: 'button', 'aria-label': t('pages.page', {n: n + 1}), 'aria-current': n === page ? 'page' : null, onclick: go(n)}, number(n + 1)),
  ]);
  $('pages').hidden = pages < 2;
  $('pages').replaceChildren(
    el('button', {type: 'button', disabled: page === 0, onclick: go(page - 1)}, t('pages.previous')), ...buttons.filter(Boolean),
    el('button', {type: 'button', disabled: page === pages - 1, onclick: go(page + 1)}, t('pages.next')));
}
