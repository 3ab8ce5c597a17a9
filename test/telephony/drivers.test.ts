import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { isInProcess } from '../../src/telephony/drivers.ts'

const ari = {
  DIALGRAPH_DRIVER: 'asterisk',
  DIALGRAPH_ARI_URL: 'http://127.0.0.1:8088/ari',
  DIALGRAPH_ARI_USERNAME: 'dialgraph',
  DIALGRAPH_ARI_PASSWORD: 'secret',
  DIALGRAPH_ARI_TRUNK: 'trunk',
}
const esl = {
  DIALGRAPH_DRIVER: 'freeswitch',
  DIALGRAPH_ESL_URL: 'tcp://127.0.0.1:8021',
  DIALGRAPH_ESL_PASSWORD: 'secret',
  DIALGRAPH_ESL_GATEWAY: 'gateway',
}

test.each([
  ['the simulated carrier', {}, true],
  ['the simulated carrier in a process of its own', { DIALGRAPH_SIMULATOR_URL: 'ws://127.0.0.1:4500' }, false],
  ['Asterisk', ari, false],
  ['FreeSWITCH', esl, false],
])('calls through %s wait for this process, or go on without it', (_, environment, waits) => {
  expect(isInProcess(readConfig(environment))).toBe(waits)
})
