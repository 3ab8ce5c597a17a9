/** Called sides in a process of their own, until whoever has started it is gone: SIP_HOST and SIP_PORT say where a trunk finds them. */
import { startSipAnswerer } from './sip-answerer.ts'

const { SIP_HOST = '127.0.0.2', SIP_PORT = '15070' } = process.env
const answerer = await startSipAnswerer(SIP_HOST, Number(SIP_PORT))
process.on('message', () => process.send?.(answerer.calls.map(({ number, invitedAtMs }) => ({ number, invitedAtMs }))))
process.on('disconnect', () => process.exit())
process.send?.('listening')
