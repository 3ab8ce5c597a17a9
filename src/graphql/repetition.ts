import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode } from 'graphql'

/** Deeper than anything that is let: fragments that spread themselves are for validation to find. */
const depthMax = 50

/**
 * How much work it is to find out whether the fields of a document that have one name can be merged: each is compared to
 * every other, so 500 times the same field are a quarter of a million. Fragments are followed as an execution follows them.
 * Infinity where fragments that spread each other make more fields than `fieldsMax`.
 */
export function countComparisons({ definitions }: DocumentNode, fieldsMax: number): number {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const of of definitions) if (of.kind === Kind.FRAGMENT_DEFINITION) fragments.set(of.name.value, of)
  let comparisons = 0
  let fields = 0

  function compare(selectionSets: readonly SelectionSetNode[], depth: number): void {
    const named = new Map<string, { count: number; below: SelectionSetNode[] }>()
    const spread = new Set<string>()
    const left = [...selectionSets]
    // The array grows while it is walked.
    for (const { selections } of left) {
      for (const selection of selections) {
        if (selection.kind === Kind.INLINE_FRAGMENT) left.push(selection.selectionSet)
        else if (selection.kind === Kind.FRAGMENT_SPREAD) {
          const fragment = fragments.get(selection.name.value)
          if (fragment !== undefined && !spread.has(fragment.name.value)) left.push(fragment.selectionSet)
          spread.add(selection.name.value)
        } else {
          const name = selection.alias?.value ?? selection.name.value
          const known = named.get(name) ?? { count: 0, below: [] }
          known.count++
          if (selection.selectionSet) known.below.push(selection.selectionSet)
          named.set(name, known)
          if (++fields > fieldsMax) return
        }
      }
    }
    for (const { count, below } of named.values()) {
      comparisons += (count * (count - 1)) / 2
      if (below.length > 0 && fields <= fieldsMax && depth < depthMax) compare(below, depth + 1)
    }
  }

  for (const definition of definitions) if ('selectionSet' in definition) compare([definition.selectionSet], 1)
  return fields > fieldsMax ? Number.POSITIVE_INFINITY : comparisons
}
