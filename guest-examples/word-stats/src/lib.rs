//! Statistics of the words of a text, and a list reversed: two tasks over most of what WIT has (variants, records,
//! options, results, lists), of which one is cached and the other is not.

use std::collections::HashSet;

larder::component! {
    path: ["../../wit", "wit"],
    world: "example:tasks/tasks",
    tasks: [example::tasks::text],
}

use text::{Mode, Stats};

#[larder::tasks]
impl text::Guest for Component {
    #[cached_task("1")]
    fn word_stats(text: String, mode: Mode) -> Result<Stats, String> {
        let (shortest, may_be_empty) = match mode {
            Mode::Strict => (0, false),
            Mode::Lenient(shortest) => (shortest, true),
        };
        let stats = stats(&text, shortest);
        if stats.words == 0 && !may_be_empty { Err("empty text".to_owned()) } else { Ok(stats) }
    }

    // It runs like any export, and looking its answer up would cost more than reversing.
    fn reverse(mut items: Vec<String>) -> Vec<String> {
        items.reverse();
        items
    }
}

fn stats(text: &str, shortest: u32) -> Stats {
    let mut words = 0;
    let mut total = 0;
    let mut distinct = HashSet::new();
    let mut longest = None;
    for word in text.split_whitespace() {
        let length = word.chars().count() as u32;
        if length < shortest {
            continue;
        }
        words += 1;
        total += u64::from(length);
        distinct.insert(word);
        if longest.is_none_or(|(most, _)| length > most) {
            longest = Some((length, word));
        }
    }
    Stats {
        words,
        distinct: distinct.len() as u32,
        longest: longest.map(|(_, word)| word.to_owned()),
        mean_length: if words == 0 { 0.0 } else { total as f64 / f64::from(words) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word_stats(text: &str, mode: Mode) -> Result<(u32, u32, Option<String>, f64), String> {
        let Stats { words, distinct, longest, mean_length } =
            <Component as text::Guest>::word_stats(text.to_owned(), mode)?;
        Ok((words, distinct, longest, mean_length))
    }

    #[test]
    fn strict_counts_every_word() {
        let longest = Some("one".to_owned());
        assert_eq!(word_stats("a b\tone\n a", Mode::Strict), Ok((4, 3, longest, 1.5)));
    }

    #[test]
    fn strict_wants_a_word() {
        for text in ["", " \n\t"] {
            assert_eq!(word_stats(text, Mode::Strict), Err("empty text".to_owned()), "{text:?}");
        }
    }

    #[test]
    fn lenient_drops_short_words_by_code_points() {
        let longest = Some("été".to_owned());
        assert_eq!(word_stats("a été 日本 x", Mode::Lenient(3)), Ok((1, 1, longest, 3.0)));
        assert_eq!(word_stats("", Mode::Lenient(0)), Ok((0, 0, None, 0.0)));
    }

    #[test]
    fn the_first_of_the_longest_is_named() {
        assert_eq!(word_stats("ab cd", Mode::Strict).map(|stats| stats.2), Ok(Some("ab".to_owned())));
    }

    #[test]
    fn reverse_keeps_every_item() {
        let items = ["", "日本", "a"].map(str::to_owned).to_vec();
        assert_eq!(<Component as text::Guest>::reverse(items), ["a", "日本", ""]);
    }
}
