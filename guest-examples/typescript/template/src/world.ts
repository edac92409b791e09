// The types of wit/world.wit.

export interface Text {
    /** Throws `Err` if there are no words. */
    measure(text: string): Stats;
}

export interface Stats {
    words: number;
    longest: string;
}
