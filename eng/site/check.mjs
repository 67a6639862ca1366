// Checks a built site: every link and anchor leads somewhere, every document is in the navigation once, and nothing comes from elsewhere.
//   node check.mjs SITE BASE DOCS
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

const [site, base, docs] = process.argv.slice(2)
const faults = []
const files = (folder, ending) =>
  readdirSync(folder, { recursive: true })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith(ending) && statSync(join(folder, file)).isFile())

const text = (value) => value.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'")
const attributes = (html, name) => [...html.matchAll(new RegExp(`<(\\w+)[^>]*?\\s${name}="([^"]*)"`, 'g'))].map(([, tag, value]) => [tag, text(value)])
const isElsewhere = (address) => /^([a-z][a-z0-9+.-]*:)?\/\//i.test(address)

const pages = files(site, '.html')
const contents = new Map(pages.map((page) => [page, readFileSync(join(site, page), 'utf8')]))
const anchors = new Map([...contents].map(([page, html]) => [page, new Set(attributes(html, 'id').map(([, id]) => id))]))

for (const [page, html] of contents) {
  if (page === '404.html') continue
  for (const [tag, address] of [...attributes(html, 'href'), ...attributes(html, 'src')]) {
    if (tag === 'a' && /^(https?|mailto):/.test(address)) continue
    if (isElsewhere(address)) faults.push(`${page}: <${tag}> loads ${address}`)
    else if (!address.startsWith('data:')) checkAddress(page, address)
  }
}

function checkAddress(page, address) {
  const [path, anchor] = address.split('#').map(decodeURIComponent)
  let target = path === '' ? page : path.startsWith('/') ? path : posix.join('/', base, posix.dirname(page), path)
  if (path !== '') {
    if (!target.startsWith(base)) return faults.push(`${page}: ${address} leaves ${base}`)
    target = target.slice(base.length).replace(/(^|\/)$/, '$1index.html')
  }
  if (!existsSync(join(site, target))) faults.push(`${page}: ${address} leads nowhere`)
  else if (anchor && !anchors.get(target)?.has(anchor)) faults.push(`${page}: ${address} has no such anchor`)
}

for (const style of files(site, '.css'))
  for (const [, address] of readFileSync(join(site, style), 'utf8').matchAll(/(?:url\(\s*["']?|@import\s+["'])([^"')\s]+)/g))
    if (isElsewhere(address)) faults.push(`${style}: loads ${address}`)

const listed = JSON.parse(readFileSync(new URL('navigation.json', import.meta.url), 'utf8')).flatMap((section) => section.pages)
const written = files(docs, '.md')
for (const page of written.filter((page) => !listed.includes(page))) faults.push(`docs/${page}: not in eng/site/navigation.json`)
for (const page of listed.filter((page) => !written.includes(page))) faults.push(`eng/site/navigation.json: ${page} does not exist`)
for (const page of listed.filter((page, index) => listed.indexOf(page) !== index)) faults.push(`eng/site/navigation.json: ${page} twice`)

if (pages.length <= written.length) faults.push(`${pages.length} pages of ${written.length} documents`)
faults.forEach((fault) => console.error(fault))
console.log(`${pages.length} pages, ${faults.length} faults`)
process.exit(faults.length === 0 ? 0 : 1)
