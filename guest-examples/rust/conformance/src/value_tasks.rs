//! Values of every type. The bindings have made them values of Rust, and make what is returned values of WIT again.

use crate::Component;
use crate::values::{self, Day, Numbers, Point, Rights, Shape, TextFacts};

#[larder::tasks]
impl values::Guest for Component {
    #[cached_task("1")]
    fn negate(a: bool) -> bool {
        !a
    }

    #[cached_task("1")]
    fn integers(a: u8, b: i8, c: u16, d: i16, e: u32, f: i32) -> Numbers {
        Numbers { a, b, c, d, e, f }
    }

    #[cached_task("1")]
    fn wide(a: u64, b: i64) -> (u64, i64) {
        (a, b)
    }

    #[cached_task("1")]
    fn add(a: u64, b: u64) -> u64 {
        a.wrapping_add(b)
    }

    #[cached_task("1")]
    fn floats(a: f32, b: f64) -> (f32, f64) {
        (a, b)
    }

    #[cached_task("1")]
    fn character(c: char) -> (char, u32) {
        (c, u32::from(c))
    }

    #[cached_task("1")]
    fn text(text: String) -> TextFacts {
        TextFacts {
            scalar_values: text.chars().count() as u32,
            utf8_bytes: text.len() as u32,
            reversed: text.chars().rev().collect(),
            text,
        }
    }

    #[cached_task("1")]
    fn sort(mut texts: Vec<String>) -> Vec<String> {
        texts.sort();
        texts
    }

    #[cached_task("1")]
    fn options(a: Option<u32>, b: Option<Option<String>>) -> (Option<u32>, Option<Option<String>>) {
        (a, b)
    }

    #[cached_task("1")]
    fn results(
        a: Result<Option<u8>, String>,
        b: Result<(), Vec<u16>>,
    ) -> (Result<Option<u8>, String>, Result<(), Vec<u16>>) {
        (a, b)
    }

    #[cached_task("1")]
    fn area(shape: Shape) -> Option<f64> {
        match shape {
            Shape::Nothing | Shape::Named(_) => None,
            Shape::Circle(radius) => Some(std::f64::consts::PI * radius * radius),
            Shape::Rectangle((a, b)) => Some(((b.x - a.x) * (b.y - a.y)).abs()),
        }
    }

    #[cached_task("1")]
    fn shapes(shapes: Vec<Shape>) -> Vec<Shape> {
        shapes.into_iter().map(again).collect()
    }

    #[cached_task("1")]
    fn next(day: Day) -> Day {
        match day {
            Day::Monday => Day::Tuesday,
            Day::Tuesday => Day::Wednesday,
            Day::Wednesday => Day::Thursday,
            Day::Thursday => Day::Friday,
            Day::Friday => Day::Saturday,
            Day::Saturday => Day::Sunday,
            Day::Sunday => Day::Monday,
        }
    }

    #[cached_task("1")]
    fn complement(rights: Rights) -> Rights {
        !rights
    }

    #[cached_task("1")]
    fn transpose(rows: Vec<Vec<i32>>) -> Result<Vec<Vec<i32>>, String> {
        let width = rows.first().map_or(0, Vec::len);
        let mut columns = vec![Vec::with_capacity(rows.len()); width];
        for (index, row) in rows.iter().enumerate() {
            if row.len() != width {
                return Err(format!("row {index} has {} of {width}", row.len()));
            }
            for (column, &number) in columns.iter_mut().zip(row) {
                column.push(number);
            }
        }
        Ok(columns)
    }

    #[cached_task("1")]
    fn nested(
        (number, (text, truth)): (u8, (String, Option<bool>)),
        b: Vec<(char, Vec<String>)>,
    ) -> ((u8, (String, Option<bool>)), Vec<(char, Vec<String>)>) {
        let b = b.into_iter().map(|(letter, texts)| (letter, texts.into_iter().collect()));
        ((number, (text, truth)), b.collect())
    }

    #[cached_task("1")]
    fn sum(bytes: Vec<u8>) -> u32 {
        bytes.into_iter().map(u32::from).sum()
    }

    #[cached_task("1")]
    fn count(length: u32) -> Vec<u32> {
        (0..length).collect()
    }

    #[cached_task("1")]
    fn repeat(text: String, times: u32) -> String {
        text.repeat(times as usize)
    }
}

fn again(shape: Shape) -> Shape {
    match shape {
        Shape::Nothing => Shape::Nothing,
        Shape::Circle(radius) => Shape::Circle(radius),
        Shape::Rectangle((Point { x: left, y: bottom }, Point { x: right, y: top })) => {
            Shape::Rectangle((Point { x: left, y: bottom }, Point { x: right, y: top }))
        }
        Shape::Named(name) => Shape::Named(name),
    }
}
