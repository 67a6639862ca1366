// The pages are written for a code host. These rules of markdown-it make the site show them alike.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/**
 * @param md markdown-it
 * @param pages the folder of the pages
 * @param source the address of the repository's files on a code host, if there is one
 */
export function keepReadable(md, pages, source) {
  md.linkify.set({ fuzzyLink: false, fuzzyEmail: false }) // "errors.md" is no address in Moldova
  doNotInterpolate(md)
  breakPaths(md)
  md.core.ruler.push('km-tables', (state) => {
    // A head without text heads nothing.
    for (const [index, token] of state.tokens.entries())
      if (token.type === 'th_open' && state.tokens[index + 1].content === '') token.tag = state.tokens[index + 2].tag = 'td'
  })
  md.core.ruler.push('km-links', (state) => {
    for (const block of state.tokens.filter((token) => token.type === 'inline')) {
      const open = []
      for (const token of block.children) {
        if (token.type === 'link_open') {
          open.push(token)
          lead(token, state.env)
        } else if (token.type === 'link_close' && open.pop().tag === 'span') {
          token.tag = 'span'
        }
      }
    }
  })

  function lead(token, env) {
    const [path, anchor] = token.attrGet('href').split('#')
    if (path === '' || /^[a-z]+:/.test(path)) return
    const file = join(dirname(relative(pages, env.realPath ?? env.path)), path)
    if (file.startsWith('..')) leadToSource(token, join('docs', file))
    else if (/(^|\/)README\.md$/.test(path)) token.attrSet('href', path.replace(/README\.md$/, 'index.md') + (anchor ? `#${anchor}` : ''))
    else if (!path.endsWith('.md')) leadToFile(token, file, path)
  }

  /** A file of the repository that is no page. */
  function leadToSource(token, file) {
    if (source) {
      token.attrSet('href', source.replace(/\/*$/, '/') + file)
    } else {
      token.tag = 'span'
      token.attrs = [['title', `${file} in the source code`]]
    }
  }

  /** A file beside the pages, such as an example to download. */
  function leadToFile(token, file, path) {
    if (!existsSync(join(pages, file))) throw new Error(`docs/${file} does not exist, and a page links to it`)
    mkdirSync(dirname(join(pages, 'public', file)), { recursive: true })
    copyFileSync(join(pages, file), join(pages, 'public', file))
    token.attrSet('href', path)
    token.attrSet('download', '')
  }
}

/** What a page says is text, braces included; VitePress would take {{ … }} for code. */
function doNotInterpolate(md) {
  const render = md.render
  md.render = (...args) => render.apply(md, args).replaceAll('{{', '&#123;&#123;')
}

/** A path may be broken after a slash, so that a table of paths fits a narrow screen. */
function breakPaths(md) {
  const code = md.renderer.rules.code_inline
  md.renderer.rules.code_inline = (...args) => code(...args).replace(/\/(?!code>)/g, '/<wbr>')
}

/** The name of a heading as code hosts make it, so that a link to it works there and here. */
export const slug = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-')
