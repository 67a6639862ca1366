'use strict';
const calls = [...document.querySelectorAll('details.call')];
const filter = document.getElementById('filter');
const failed = document.getElementById('failed');
const count = document.getElementById('count');
const show = () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const call of calls) {
    const text = call.textContent.toLowerCase();
    const fits = (!failed.checked || call.dataset.outcome === 'error') && words.every(word => text.includes(word));
    call.hidden = !fits;
    if (fits) shown++;
  }
  count.textContent = shown === calls.length ? `${shown} calls` : `${shown} of ${calls.length} calls`;
};
filter.addEventListener('input', show);
failed.addEventListener('change', show);
document.getElementById('open').addEventListener('click', () => {
  const some = calls.some(call => !call.hidden && !call.open);
  for (const call of calls) if (!call.hidden) call.open = some;
});
show();
