// The data, the words, and how elements are made. Text reaches the page through text nodes only, never as markup.
const DATA = JSON.parse(document.getElementById('data').textContent);
const {totals: TOTALS, products: PRODUCTS, rejects: REJECTS, facts: FACTS, messages: MESSAGES} = DATA;
const HUES = [245, 25, 150, 310, 75, 195, 350, 120, 275, 48, 220, 172];
const PUBLISHED = new Set(['auto', 'accepted']);

function remembered() {
  try { return localStorage.getItem('hangtag.language'); } catch { return null; }  // refused on file:// by some browsers
}
let language = remembered() || ((navigator.languages || [navigator.language || 'en'])[0].toLowerCase().startsWith('zh') ? 'zh' : 'en');
if (!(language in MESSAGES)) language = 'en';

const $ = (id) => document.getElementById(id);

/** The message `key` in the page's language with its {holes} filled; numbers are written the language's way. */
function t(key, holes = {}) {
  return MESSAGES[language][key].replace(/\{(\w+)\}/g, (_, name) => {
    const value = holes[name];
    return typeof value === 'number' ? number(value) : String(value);
  });
}

const locale = () => (language === 'zh' ? 'zh-CN' : 'en-GB');
const number = (value, digits = 0) => new Intl.NumberFormat(locale(), {maximumFractionDigits: digits}).format(value);

/** A share as a percentage that never rounds something to nothing or almost all to all. */
function share(part, whole, digits = 0) {
  if (!whole) return '–';
  const percent = 100 * part / whole;
  if (part > 0 && percent < 1) return percent < 0.1 ? '<0.1%' : `${number(percent, 1)}%`;
  const shown = part < whole && percent > 99 ? Math.floor(percent * 10) / 10 : percent;
  return `${number(shown, shown > 99 && shown < 100 ? 1 : digits)}%`;
}

function duration(seconds) {
  if (seconds >= 120) return t('unit.min', {n: number(seconds / 60, 1)});
  return t('unit.s', {n: number(seconds, seconds < 10 ? 1 : 0)});
}

/** An element: `on…` options are listeners, `style` custom properties, `data` data attributes; children are strings or nodes. */
function el(name, options = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else if (key === 'style') for (const [property, setting] of Object.entries(value)) node.style.setProperty(property, setting);
    else if (key === 'data') Object.assign(node.dataset, value);
    else if (key === 'class') node.className = value;
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const languageNames = {};
function languageName(code) {
  if (code === 'und') return t('language.und');
  try {
    languageNames[language] ??= new Intl.DisplayNames([locale()], {type: 'language'});
    return languageNames[language].of(code);
  } catch { return code; }  // not a language code
}

const other = () => (language === 'zh' ? 'en' : 'zh');
const pick = (names, fallback) => (names && (names[language] || names[other()])) || fallback;
const plainName = (id) => id.charAt(0).toUpperCase() + id.slice(1).replaceAll('_', ' ');
const attributeName = (id) => pick(FACTS.attributes[id], plainName(id));
const valueName = (tag) => pick(tag.label, tag.value);

function fieldName(field) {
  const review = /^reviews\.(\d+)$/.exec(field);
  if (review) return t('field.reviews', {n: Number(review[1]) + 1});
  if (field.startsWith('attributes.')) return field.slice('attributes.'.length);
  return MESSAGES[language][`field.${field}`] ?? plainName(field);
}

/** Attribute id -> hue. Frequent attributes get the hues that differ most. */
const hues = new Map();
{
  const ids = TOTALS.attributes.map((attribute) => attribute.id);
  const rest = PRODUCTS.flatMap((product) => product.tags.map((tag) => tag.attribute));
  for (const id of new Set([...ids, ...rest])) hues.set(id, HUES[hues.size % HUES.length]);
}
const hue = (attribute) => ({'--h': String(hues.get(attribute) ?? 0)});

const fold = (text) => text.normalize('NFKC').toLowerCase();
const series = (status) => (PUBLISHED.has(status) ? 'published' : status === 'review' ? 'review' : 'other');
