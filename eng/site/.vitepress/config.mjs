// The site of docs/. It runs in a copy (eng/site.sh): eng/site's files, and the pages in its folder docs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { keepReadable, slug } from './markdown.mjs'

const root = join(import.meta.dirname, '..')
const pages = join(root, 'docs')

// A README is what a code host shows of a folder; here it is the folder's index.
const asPage = (file) => file.replace(/(^|\/)README\.md$/, '$1index.md')

const title = (file) => {
  const heading = /^# (.+)$/m.exec(readFileSync(join(pages, file), 'utf8'))
  if (!heading) throw new Error(`docs/${file} has no title`)
  return heading[1].replaceAll('`', '')
}

const navigation = JSON.parse(readFileSync(join(root, 'navigation.json'), 'utf8'))
const base = process.env.KM_SITE_BASE || '/'

export default {
  base,
  srcDir: 'docs',
  outDir: 'dist',
  cacheDir: 'cache',
  lang: 'en',
  title: 'Kilometers',
  titleTemplate: ':title · Kilometers',
  description: 'See what your MCP clients and servers say to each other.',
  head: [['link', { rel: 'icon', type: 'image/png', href: `${base}icon.png` }]],
  rewrites: asPage,
  transformPageData: (page) => {
    if (page.relativePath === 'index.md') page.frontmatter.pageClass = 'begin'
  },
  markdown: {
    html: false, // <NAME> in a page is text
    theme: { light: 'github-light-high-contrast', dark: 'github-dark' },
    anchor: { slugify: slug },
    config: (md) => keepReadable(md, pages, process.env.KM_SITE_SOURCE),
  },
  themeConfig: {
    logo: { src: '/icon.png', alt: '', width: 24, height: 24 },
    nav: [
      { text: 'See your traffic', link: '/start/see-your-traffic' },
      { text: 'Write a plugin', link: '/start/write-a-plugin' },
      { text: 'Run the server', link: '/start/run-the-server' },
    ],
    sidebar: navigation.map((section) => ({
      text: section.text,
      items: section.pages.map((file) => ({
        text: title(file),
        link: '/' + asPage(file).replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, ''),
      })),
    })),
    outline: { level: [2, 3], label: 'On this page' },
    search: { provider: 'local', options: { detailedView: true } },
    docFooter: { prev: 'Previous', next: 'Next' },
  },
}
