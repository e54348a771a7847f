/** One key of the configuration, as the schema declares it. */
import type { ValueType } from './value-type.ts';

/** Values as TOML has them. */
export type Raw = string | number | boolean | readonly Raw[] | { readonly [key: string]: Raw };

export interface Setting<T> {
  readonly type: ValueType<NonNullable<T>>;
  /** As it would be written in the file; null when there is none, or when it depends on where maild runs. */
  readonly default: Raw | null;
  /** Whether `server reload` applies a change. */
  readonly live: boolean;
  /** One sentence. */
  readonly summary: string;
}

type About = Pick<Setting<unknown>, 'live' | 'summary'>;

export const setting = <T extends NonNullable<unknown>>(
  type: ValueType<T>,
  fallback: Raw,
  about: About,
): Setting<T> => ({ type, default: fallback, ...about });

/** A key without a default: null when it is not given. */
export const optional = <T extends NonNullable<unknown>>(
  type: ValueType<T>,
  about: About,
): Setting<T | null> => ({ type, default: null, ...about });

export type SettingValue<S> = S extends Setting<infer T> ? T : never;
/** What a group of settings comes to, by key. */
export type SettingValues<G> = { readonly [K in keyof G]: SettingValue<G[K]> };
