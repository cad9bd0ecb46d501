/**
 * The metrics of several workers as one text.
 *
 * They are not summed up: a worker that is started again counts from zero, and
 * the sum would fall, which Prometheus takes for a restart of everything and
 * counts the rest of the sum anew. Each series keeps the number of its worker as
 * a label, at most 64, and `sum by` is one word in a query.
 *
 * @module
 */

/** Texts in the format of Prometheus, whose series already differ by a label: the series of a name stand together, under one HELP and TYPE. Pure. */
export function mergeMetrics(texts: readonly string[]): string {
  const families = new Map<string, { readonly head: string[]; readonly series: string[] }>()
  for (const text of texts) {
    let family: { readonly head: string[]; readonly series: string[] } | undefined
    for (const line of text.split('\n')) {
      const [, kind, name = ''] = /^# (HELP|TYPE) (\S+)/.exec(line) ?? []
      if (kind === undefined) {
        if (line !== '') family?.series.push(line)
        continue
      }
      family = families.get(name) ?? { head: [], series: [] }
      families.set(name, family)
      if (!family.head.includes(line)) family.head.push(line)
    }
  }
  return [...families.values()].map(({ head, series }) => `${[...head, ...series].join('\n')}\n`).join('\n')
}
