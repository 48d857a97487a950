// Evidence in text. Offsets count Unicode code points; JavaScript strings count UTF-16 units, so texts are taken apart by code point first.
const LANES = 3;

/** The product's spans in the field, as {tag, start, end}; only those that stand where they say and inside what the page holds. */
function spansOf(product, field, length) {
  const spans = [];
  product.tags.forEach((tag, index) => {
    if (tag.status === 'rejected') return;
    for (const item of tag.evidence) {
      if (item.kind === 'text' && item.exact && item.field === field && item.end <= length) {
        spans.push({tag: index, attribute: tag.attribute, start: item.start, end: item.end});
      }
    }
  });
  return spans.sort((a, b) => a.start - b.start || b.end - a.end);
}

/** Give every span a lane, so that the lines under overlapping spans never run into each other; equal spans of one attribute share one. */
function assignLanes(spans) {
  const ends = [];
  let last = null;
  for (const span of spans) {
    if (last && last.start === span.start && last.end === span.end && last.attribute === span.attribute) {
      span.lane = last.lane;
    } else {
      let lane = ends.findIndex((end) => end <= span.start);
      if (lane < 0) lane = ends.length;
      span.lane = lane;
      ends[lane] = span.end;
    }
    last = span;
  }
}

/** Nodes for `text`: it is cut at every span's edge, and each piece under one or more spans becomes a <mark> that names their tags. */
function highlighted(product, field, text) {
  const characters = Array.from(text);
  const spans = spansOf(product, field, characters.length);
  if (!spans.length) return [text];
  assignLanes(spans);
  const edges = [...new Set([0, characters.length, ...spans.flatMap((span) => [span.start, span.end])])].sort((a, b) => a - b);
  const nodes = [];
  for (let i = 0; i + 1 < edges.length; i++) {
    const piece = characters.slice(edges[i], edges[i + 1]).join('');
    const over = spans.filter((span) => span.start <= edges[i] && span.end >= edges[i + 1]);
    nodes.push(over.length ? mark(piece, over, edges[i], edges[i + 1]) : piece);
  }
  return nodes;
}

function mark(piece, over, start, end) {
  const inner = over.reduce((best, span) => (span.end - span.start <= best.end - best.start ? span : best));
  const lines = [];
  for (const span of over) if (span.lane < LANES) lines[span.lane] = hues.get(span.attribute);
  const style = hue(inner.attribute);
  lines.forEach((lineHue, lane) => { style[`--l${lane}`] = `oklch(var(--line-l) var(--line-c) ${lineHue})`; });
  style['--n'] = String(lines.length);
  const edge = [over.some((span) => span.start === start) && 'starts', over.some((span) => span.end === end) && 'ends'];
  const tags = [...new Set(over.map((span) => span.tag))];
  return el('mark', {class: edge.filter(Boolean).join(' '), style, data: {tags: tags.join(' ')}}, piece);
}

/** The evidence of one tag in words. */
function evidenceLines(product, tag) {
  if (!tag.evidence.length) return [el('li', {class: 'soft'}, t('tag.none'))];
  return tag.evidence.map((item) => {
    if (item.kind === 'inference') {
      return el('li', {}, item.reason ? `${item.reason} ` : null, el('span', {class: 'soft'}, t('tag.inferred', {method: item.method})));
    }
    if (item.kind !== 'text') return el('li', {}, t(`tag.${item.kind}`, {index: item.index}), ' ', el('span', {class: 'soft'}, item.where));
    const field = fieldName(item.field);
    const [, kept] = product.texts.find(([name]) => name === item.field) ?? ['', ''];
    const shown = item.exact && item.end <= Array.from(kept).length;
    const words = !item.exact ? t('tag.inexact', {field})
      : shown ? t('tag.read', {field, start: String(item.start), end: String(item.end)}) : t('tag.hidden', {field});
    return el('li', {class: item.exact ? '' : 'warn-text'}, el('q', {}, item.quote), el('span', {class: item.exact ? 'soft' : ''}, words));
  });
}
