/**
 * Tones: what a colour means. Which colour that is, terminal-style.ts decides; it brings chalk with it and is loaded
 * for terminals only. A tone never says what the words do not say too.
 */
export type Tone = 'title' | 'good' | 'waiting' | 'bad' | 'accent' | 'old' | 'chosen';

export type Paint = (tone: Tone | null, text: string) => string;

export const plainPaint: Paint = (_tone, text) => text;
