import { drawExponential, drawGamma, drawLognormal, type Random } from '../../kernel/random.ts'

const answerMaxMs = 28_000

/**
 * How long a person lets it ring, in ms: 1.5 to 4.5 s until it rings there, then a gamma; mean 11.4 s
 * (docs/rules.md#simulated-carrier).
 */
export function drawAnswerMs(random: Random): number {
  return Math.min(answerMaxMs, 1500 + 3000 * random() + drawGamma(random, 3, 2800))
}

/** How long a conversation lasts, in ms: lognormal, mean 120 s, variation 0.9 (docs/rules.md#simulated-carrier). */
export function drawTalkMs(random: Random): number {
  return drawLognormal(random, 120_000, 0.9)
}

/** When a busy line is reported, in ms: exponential, mean 4 s (docs/rules.md#simulated-carrier). */
export function drawBusyMs(random: Random): number {
  return drawExponential(random, 4000)
}

/** When the network gives up the search for a phone, in ms: exponential, mean 14 s (docs/rules.md#simulated-carrier). */
export function drawUnavailableMs(random: Random): number {
  return drawExponential(random, 14_000)
}

/** How long it takes to say a text, in ms: 1 s and 60 ms a character (docs/rules.md#simulated-carrier). */
export function speechMs(text: string): number {
  return 1000 + 60 * text.length
}

/** How long recordings last, in ms: 3 s each (docs/rules.md#simulated-carrier). */
export function recordingsMs(count: number): number {
  return 3000 * count
}

/** How long a tone sounds, in ms. */
export const toneMs = 500

/** How long it takes to tell a machine from a person, in ms. */
export const machineDetectionMs = 2000

/** How long somebody who is asked for digits takes to press one, in ms. */
export const digitReactionMs = 2000

/** How long an agent's phone rings before it is answered or rejects, in ms (docs/rules.md#simulated-carrier). */
export const agentReactionMs = 1000
