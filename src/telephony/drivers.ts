import type { z } from 'zod'
import { readFirst } from '../kernel/read-first.ts'
import { asterisk } from './asterisk/module.ts'
import type { Driver } from './driver.ts'
import type { CallLimits, DriverModule, DriverParts } from './driver-module.ts'
import type { Finding } from './finding.ts'
import { freeswitch } from './freeswitch/module.ts'
import { simulator } from './simulator/module.ts'

/** Every driver of the program. */
const modules = { simulator, asterisk, freeswitch } as const

type Modules = typeof modules
export type DriverName = keyof Modules

/** A driver with its settings: what places the calls. */
export type Carrier = {
  [Name in DriverName]: { readonly driver: Name; readonly settings: ReturnType<Modules[Name]['settingsOf']> }
}[DriverName]

/** As part of the configuration. */
export interface CarrierConfig extends CallLimits {
  readonly carrier: Carrier
}

export const driverNames = Object.keys(modules) as readonly DriverName[]

/** The environment variables of all drivers. */
export const driverVariables = { ...simulator.variables, ...asterisk.variables, ...freeswitch.variables }

type ValuesOf<Name extends DriverName> = Parameters<Modules[Name]['settingsOf']>[0]
type AllValues = ValuesOf<'simulator'> & ValuesOf<'asterisk'> & ValuesOf<'freeswitch'>

/** A module whatever the type of its settings: it is only ever given those that it has read itself. */
function moduleOf(name: DriverName): DriverModule<DriverName, z.ZodRawShape, Carrier['settings']> {
  return modules[name] as unknown as DriverModule<DriverName, z.ZodRawShape, Carrier['settings']>
}

/** The carrier that the variables describe, by the driver of that name. */
export function carrierOf(driver: DriverName, values: AllValues): Carrier {
  return { driver, settings: moduleOf(driver).settingsOf(values) } as Carrier
}

/** Address of the switch, which fetches rendered texts from this machine; null if the carrier speaks itself. */
export const switchUrlOf = ({ driver, settings }: Carrier): string | null => moduleOf(driver).switchUrlOf(settings)

export const requiredVariables = (driver: DriverName): readonly string[] => modules[driver].required
export const callLimitsOf = (driver: DriverName): CallLimits => modules[driver].callLimits

/** Creates the driver that the configuration names. */
export function createDriver({ carrier, ...limits }: CarrierConfig, parts: DriverParts): Driver {
  return moduleOf(carrier.driver).create(carrier.settings, parts, limits)
}

/** Whether the calls are simulated in this process. */
export function isInProcess({ carrier }: Pick<CarrierConfig, 'carrier'>): boolean {
  return moduleOf(carrier.driver).isInProcess(carrier.settings)
}

/** Reports on the carrier that the configuration names, without placing a call. */
export function examineCarrier(
  { carrier, ...limits }: CarrierConfig,
  { effects, log }: Pick<DriverParts, 'effects' | 'log'>,
): Promise<Finding[]> {
  return moduleOf(carrier.driver).examine(carrier.settings, { effects: readFirst(effects), log }, limits)
}
