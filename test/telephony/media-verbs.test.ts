import { expect, test } from 'vitest'
import { type MediaVerb, mediaVerbs } from '../../src/domain/media.ts'
import { mediaVerbsOf } from '../../src/telephony/asterisk/media.ts'
import { mediaVerbs as freeswitchVerbs } from '../../src/telephony/freeswitch/media.ts'
import { simulatedVerbs } from '../../src/telephony/simulator/carrier.ts'

// The contract of drivers skips what a driver says it cannot do, so what that is is held here.
test.each<[string, ReadonlySet<MediaVerb>, MediaVerb[]]>([
  ['the simulator', simulatedVerbs, []],
  ['Asterisk in mode context', mediaVerbsOf('context'), ['RECEIVE_DIGITS']],
  ['Asterisk in mode app', mediaVerbsOf('app'), ['RECEIVE_DIGITS', 'DETECT_MACHINE']],
  ['FreeSWITCH', freeswitchVerbs, ['RECEIVE_DIGITS', 'DETECT_MACHINE']],
])('%s can do every media command but these', (_driver, able, lacking) => {
  expect(mediaVerbs.filter((verb) => !able.has(verb))).toEqual(lacking)
})
