//! Tasks on text, as `wit/world.wit` has them.

larder::component! { world: "my-task", tasks: [my::my_task::text] }

use text::Stats;

#[larder::tasks]
impl text::Guest for Component {
    #[cached_task("1")]
    fn measure(text: String) -> Result<Stats, String> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        // Backwards, because the last of the longest would win.
        let longest = words
            .iter()
            .rev()
            .max_by_key(|word| word.chars().count())
            .ok_or("there are no words")?;
        Ok(Stats {
            words: words.len() as u32,
            longest: longest.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use text::Guest as _;

    #[test]
    fn the_first_of_the_longest_words_is_named() {
        let stats = Component::measure("a été\n  não".to_owned()).expect("there are words");
        assert_eq!((stats.words, stats.longest.as_str()), (3, "été"));
    }

    #[test]
    fn a_text_without_words_is_an_error() {
        assert_eq!(
            Component::measure(" \n\t".to_owned()).err().as_deref(),
            Some("there are no words")
        );
    }
}
