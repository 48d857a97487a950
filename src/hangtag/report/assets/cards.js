// One product as a card: its words on the left, its tags on the right, each lighting up the other.
const LONG_TEXT = 420;
let pinned = null;          // {card, tag}: the tag held after a click

const percent = (confidence) => (confidence === null ? '–' : `${Math.floor(confidence * 100 + 1e-9)}%`);

function tagButton(tag, index) {
  const status = MESSAGES[language][`status.${tag.status}`] ?? tag.status;
  const grounded = tag.evidence.some((item) => item.kind === 'text' && item.exact);
  const value = valueName(tag);
  return el('button', {
    type: 'button', class: `tag ${series(tag.status)} ${tag.status === 'rejected' ? 'rejected' : ''} ${grounded ? '' : 'hollow'}`,
    style: hue(tag.attribute), data: {tag: index}, 'aria-pressed': 'false',
    'aria-label': t('tag.label', {
      attribute: attributeName(tag.attribute), value, status,
      confidence: tag.confidence === null ? t('tag.noconfidence') : percent(tag.confidence),
    }),
  }, el('i', {class: 'hole'}), el('span', {class: 'value'}, value), el('span', {class: 'conf'}, percent(tag.confidence)));
}

function tagGroups(product) {
  if (!product.tags.length) return el('p', {class: 'soft'}, t('card.untagged'));
  const groups = new Map();
  product.tags.forEach((tag, index) => groups.set(tag.attribute, [...(groups.get(tag.attribute) ?? []), tagButton(tag, index)]));
  return el('dl', {class: 'tags', 'aria-label': t('card.tags', {id: product.id})}, ...[...groups].map(([attribute, buttons]) =>
    el('div', {style: hue(attribute)}, el('dt', {}, attributeName(attribute)), el('dd', {}, ...buttons))));
}

function textBlock(product, [field, text, length], first) {
  const body = el('p', {class: first ? 'title' : 'text', data: {field}}, ...highlighted(product, field, text));
  const label = el('span', {class: 'field'}, fieldName(field));
  const block = el('div', {class: first ? 'block lead' : 'block'}, label, body);
  const kept = Array.from(text).length;
  if (kept > LONG_TEXT && !first) {
    body.classList.add('folded');
    block.append(el('button', {type: 'button', class: 'link unfold', 'aria-expanded': 'false', onclick: () => unfold(block)}, t('card.more')));
  }
  if (length > kept) block.append(el('p', {class: 'note'}, t('card.cut', {n: kept, total: length})));
  return block;
}

function unfold(block, open = block.querySelector('.folded') !== null) {
  const button = block.querySelector('.unfold');
  if (!button) return;
  block.querySelector('.text').classList.toggle('folded', !open);
  button.textContent = t(open ? 'card.less' : 'card.more');
  button.setAttribute('aria-expanded', String(open));
}

function card(product, index) {
  const head = el('header', {},
    el('span', {class: 'id'}, product.id), el('span', {class: 'lang'}, languageName(product.language)),
    product.duplicate_of !== null && el('button', {type: 'button', class: 'dup', onclick: () => showOnly({text: product.duplicate_of})},
      t('card.duplicate', {id: product.duplicate_of})));
  const hasCategory = product.texts.some(([field]) => field === 'category');
  const blocks = product.texts.map((text, i) => textBlock(product, text, i === 0));
  const detail = el('div', {class: 'detail', hidden: true, 'aria-live': 'polite'});
  const node = el('article', {class: 'card', tabindex: '-1', data: {index}, 'aria-label': product.texts[0]?.[1].slice(0, 120) ?? product.id},
    el('div', {class: 'words', lang: product.language}, head,
      product.category && !hasCategory && el('p', {class: 'path'}, product.category), ...blocks),
    el('div', {class: 'labels'}, tagGroups(product)), detail);
  node.addEventListener('mouseover', (event) => glow(node, tagsAt(event.target)));
  node.addEventListener('mouseleave', () => glow(node, null));
  node.addEventListener('focusin', (event) => glow(node, tagsAt(event.target)));
  node.addEventListener('focusout', () => glow(node, null));
  node.addEventListener('click', (event) => { const tags = tagsAt(event.target); if (tags) pin(node, product, tags[tags.length - 1]); });
  return node;
}

/** The tag numbers that the element under the pointer stands for, innermost last; null where it stands for none. */
function tagsAt(target) {
  const button = target.closest('.tag');
  if (button) return [button.dataset.tag];
  const place = target.closest('mark');
  return place ? place.dataset.tags.split(' ') : null;
}

/** Light up these tags of the card and dim the rest; with none, go back to the tag that is held, if one is. */
function glow(node, tags) {
  const lit = tags ?? (pinned?.card === node ? [pinned.tag] : []);
  node.classList.toggle('lit', lit.length > 0);
  node.style.removeProperty('--lit-h');
  for (const button of node.querySelectorAll('.tag')) {
    const on = lit.includes(button.dataset.tag);
    button.classList.toggle('on', on);
    if (on && lit.length === 1) node.style.setProperty('--lit-h', button.style.getPropertyValue('--h'));
  }
  for (const place of node.querySelectorAll('mark')) place.classList.toggle('on', place.dataset.tags.split(' ').some((tag) => lit.includes(tag)));
}

function release() {
  if (!pinned) return;
  const {card: node} = pinned;
  pinned = null;
  for (const button of node.querySelectorAll('.tag')) button.setAttribute('aria-pressed', 'false');
  node.querySelector('.detail').hidden = true;
  glow(node, null);
}

/** Hold a tag: say where it comes from and make sure its words can be seen. A second click lets go. */
function pin(node, product, tag) {
  const again = pinned?.card === node && pinned.tag === tag;
  release();
  if (again) return;
  pinned = {card: node, tag};
  for (const button of node.querySelectorAll('.tag')) button.setAttribute('aria-pressed', String(button.dataset.tag === tag));
  for (const place of node.querySelectorAll('mark')) {
    const block = place.closest('.block');
    if (place.dataset.tags.split(' ').includes(tag) && block.querySelector('.folded')) unfold(block, true);
  }
  node.querySelector('.detail').replaceChildren(...detailOf(product, product.tags[Number(tag)]));
  node.querySelector('.detail').hidden = false;
  glow(node, null);
}

function detailOf(product, tag) {
  const facts = [MESSAGES[language][`status.${tag.status}`] ?? tag.status];
  facts.push(tag.confidence === null ? t('tag.noconfidence') : String(Number(tag.confidence.toFixed(3))));
  if (tag.source) facts.push(t('tag.source', {source: tag.source}));
  const names = [tag.label.zh, tag.label.en].filter(Boolean).join(' / ') || tag.value;
  return [
    el('button', {type: 'button', class: 'close', 'aria-label': t('tag.close'), onclick: release}, '×'),
    el('p', {class: 'detail-head', style: hue(tag.attribute)}, el('i', {class: 'hole'}), el('strong', {}, attributeName(tag.attribute)), ' ', names),
    el('p', {class: 'soft'}, facts.join(' · ')),
    el('ul', {}, ...evidenceLines(product, tag)),
    names !== tag.value && el('p', {class: 'soft code'}, t('tag.id', {id: tag.value})),
  ].filter(Boolean);
}
