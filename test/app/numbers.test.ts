import { describe, expect, test } from 'vitest'
import type { Address } from '../../src/domain/address.ts'
import { givenAgent, givenOutdial, givenOutplan, givenTargets, must, tel } from '../support/given.ts'
import { expectRefused, givenWorld, wordsOf } from './support.ts'

/** The target that an address of a plan is stored with, or the error. */
async function storedAs(address: Partial<Address>, defaultCountry: string | null = null): Promise<string> {
  const world = await givenWorld({ app: { defaultCountry } })
  const outplan = await givenOutplan(world)
  const source = { ...tel(''), ...address }
  const outcome = await world.app.outplans.update(world.viewer, outplan.id, { source })
  const [error] = outcome.errors
  return error ? `${error.code} ${error.field.join('.')}` : must(outcome).source.target
}

const refused = 'INVALID input.source.target'
const plainCampaign = {
  ...({ name: 'Campaign', detail: '', type: 'CALL', endHandle: 'STOP' } as const),
  ...({ pacing: 'SERVICE_LEVEL', serviceLevel: 100, ratio: 100 } as const),
}

describe('a telephone number', () => {
  test.each([
    ['+12025550100', '+12025550100'],
    [' +1 (202) 555-0100 ', '+12025550100'],
    ['+49.30.1234/567', '+49301234567'],
    ['+١٢٠٢٥٥٥٠١٠٠', '+12025550100'],
    ['+1\u2011202\u2013555\u22120100', '+12025550100'],
    ['+1\u00a0202\u00a0555\u00a00100', '+12025550100'],
    ['+12345678', refused],
    ['+491234567890123', '+491234567890123'],
  ])('%s is stored as %s', async (given, stored) => {
    expect(await storedAs({ target: given })).toBe(stored)
  })

  test.each([
    ['letters', 'call me'],
    ['letters among digits', '+1202KLM0100'],
    ['a plus alone', '+'],
    ['two pluses', '++12025550100'],
    ['40 digits', `+${'1'.repeat(40)}`],
    ['16 digits', '+4912345678901234'],
    ['too few digits for its country', '+1202555'],
    ['no country of that code', '+99912345678'],
    ['an emergency number', '911'],
    ['an emergency number in full', '+1911'],
    ['a short code', '12345'],
    ['an extension behind it', '+12025550100 ext. 5'],
    ['a national form', '(202) 555-0100'],
    ['a statement', "+12025550100'; drop table agent; --"],
    ['letters that look like digits', '+12O255SO1OO'],
  ])('is not %s', async (_, given) => {
    expect(await storedAs({ target: given })).toBe(refused)
  })

  test('that is empty is BLANK', async () => {
    expect(await storedAs({ target: '' })).toBe('BLANK input.source.target')
    expect(await storedAs({ target: '  ' })).toBe('BLANK input.source.target')
  })

  test('in a national form is understood with a default country, and in that country only', async () => {
    expect(await storedAs({ target: '(202) 555-0100' }, 'US')).toBe('+12025550100')
    expect(await storedAs({ target: '030 1234567' }, 'DE')).toBe('+49301234567')
    expect(await storedAs({ target: '0049 30 1234567' }, 'DE')).toBe('+49301234567')
    expect(await storedAs({ target: '+12025550100' }, 'DE')).toBe('+12025550100')
    expect(await storedAs({ target: '030 1234567' })).toBe(refused)
  })

  test.each([
    ['911', 'US'],
    ['112', 'DE'],
    ['110', 'DE'],
    ['999', 'GB'],
    ['000', 'AU'],
    ['12345', 'US'],
  ])('is not the emergency or short number %s of %s', async (given, country) => {
    expect(await storedAs({ target: given }, country)).toBe(refused)
  })
})

describe('another address', () => {
  test.each([
    ['SIP', 'sip:ada@example.com', 'sip:ada@example.com'],
    ['SIP', ' sips:ada@example.com ', 'sips:ada@example.com'],
    ['SIP', 'ada@example.com', refused],
    ['SIP', 'sip:', refused],
    ['EMAIL', ' ada@example.com ', 'ada@example.com'],
    ['EMAIL', 'ada@', refused],
    ['EXTENSION', '102', '102'],
    ['EXTENSION', '10 2', refused],
    ['AGENT', 'whatever it is', 'whatever it is'],
    ['AGENT', '', 'BLANK input.source.target'],
    ['SIP', `sip:${'a'.repeat(252)}`, 'TOO_LONG input.source.target'],
  ] as const)('of type %s, %s, is stored as %s', async (type, target, stored) => {
    expect(await storedAs({ type, target })).toBe(stored)
  })

  test('keeps the texts that belong to it', async () => {
    const world = await givenWorld()
    const address = { ...tel('+12025550100'), targetName: 'Ada', name: '', detail: 'home' }
    expect((await givenAgent(world, { address })).address).toEqual(address)
  })
})

describe.each([
  ['a placeholder', '000-000-0000'],
  ['a short number', '+49 116117'],
  ['a premium-rate number', '+1 900 555 0123'],
  ['a shared-cost number', '+44 844 123 4567'],
])('%s', (_, number) => {
  test('is refused wherever a call could go to it, or come from it', async () => {
    const world = await givenWorld({ app: { defaultCountry: 'US' } })
    const { app, viewer } = world
    const [outdial, outplan, agent] = [await givenOutdial(world), await givenOutplan(world), await givenAgent(world)]
    const [target] = await givenTargets(world, outdial.id, [['+12025550100']])
    const destinations = [null, tel(number)]
    const added = { name: '', detail: '', data: '', destinations }
    const connect = { type: 'CONNECT' as const, option: { destinations: ['+12025550100', number] } }
    const outcomes = [
      await app.outdialTargets.add(viewer, outdial.id, [added]),
      await app.outdialTargets.update(viewer, target?.id ?? '', { destinations }),
      await app.outplans.update(viewer, outplan.id, { source: tel(number) }),
      await app.agents.update(viewer, agent.id, { address: tel(number) }),
      await app.campaigns.create(viewer, { ...plainCampaign, actions: [connect] }),
    ]
    expect(outcomes.flatMap(wordsOf)).toEqual([
      'INVALID targets.0.destinations.1.target',
      'INVALID input.destinations.1.target',
      'INVALID input.source.target',
      'INVALID input.address.target',
      'INVALID input.actions.0.option.destinations.1',
    ])
    const rows = [{ line: 2, values: { phone: number } }]
    expect(await app.imports.add(viewer, outdial.id, rows)).toMatchObject({ added: 0, issues: [{ column: 'phone' }] })
  })
})

test('a wrong number among many is told of with the path of that very row', async () => {
  const world = await givenWorld()
  const { app, viewer } = world
  const outdial = await givenOutdial(world)
  const target = (...numbers: (string | null)[]) => ({
    ...{ name: '', detail: '', data: '' },
    destinations: numbers.map((number) => (number === null ? null : tel(number))),
  })
  const targets = [
    target('+12025550100'),
    target('+12025550101', null, 'letters'),
    target(null, '+12025550102'),
    target('911', ''),
  ]
  await expectRefused(
    world,
    [
      'INVALID targets.1.destinations.2.target',
      'INVALID targets.3.destinations.0.target',
      'BLANK targets.3.destinations.1.target',
    ],
    () => app.outdialTargets.add(viewer, outdial.id, targets),
    { outdial, targets: null },
  )
})
