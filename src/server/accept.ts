const jsonTypes = ['application/json', 'application/graphql-response+json'] as const
const eventsType = 'text/event-stream'

export interface Acceptable {
  /** In which type of JSON a result may be answered; null in none. */
  readonly json: (typeof jsonTypes)[number] | null
  /** Whether it may be answered as server-sent events. */
  readonly events: boolean
}

/** What a client accepts of that which we can answer with. One that says nothing takes anything. */
export function acceptableOf(accept: string | undefined): Acceptable {
  const ranges = rangesOf(accept ?? '*/*')
  const [plain, typed] = jsonTypes.map((type) => ({ type, ...qualityOf(type, ranges) }))
  const isTypedWanted = typed !== undefined && plain !== undefined && isBetter(typed, plain)
  const wanted = isTypedWanted ? typed : plain
  return {
    json: wanted === undefined || wanted.quality === 0 ? null : wanted.type,
    events: qualityOf(eventsType, ranges).quality > 0,
  }
}

/** The same as an Accept header that leaves no choice. */
export function acceptHeaderOf({ json, events }: Acceptable): string {
  return [...(json === null ? [] : [json]), ...(events ? [eventsType] : [])].join(', ')
}

interface Range {
  readonly type: string
  readonly quality: number
}

interface Quality {
  readonly quality: number
  /** The range that says so, by its place: what is named first is wanted first. */
  readonly place: number
}

function isBetter(a: Quality, b: Quality): boolean {
  return a.quality === b.quality ? a.place < b.place : a.quality > b.quality
}

function rangesOf(accept: string): Range[] {
  return accept
    .toLowerCase()
    .split(',')
    .flatMap((range) => {
      const [type = '', ...parameters] = range.split(';').map((text) => text.trim())
      const parameter = (name: string) => parameters.find((of) => of.startsWith(`${name}=`))?.slice(name.length + 1)
      // We write nothing but UTF-8.
      if (!['utf-8', 'utf8', undefined].includes(parameter('charset')?.replaceAll('"', ''))) return []
      const quality = Number(parameter('q') ?? 1)
      return [{ type, quality: Number.isFinite(quality) ? quality : 0 }]
    })
}

/** What names the type itself rules over what names it among others. */
function qualityOf(type: string, ranges: readonly Range[]): Quality {
  for (const name of [type, type.replace(/\/.*/, '/*'), '*/*']) {
    const place = ranges.findIndex((range) => range.type === name)
    if (place >= 0) return { quality: ranges[place]?.quality ?? 0, place }
  }
  return { quality: 0, place: ranges.length }
}
