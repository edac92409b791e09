//! Where in a value a reader is, kept on its call stack: a path costs nothing until an error asks for its text.

use super::error::Place;

/// A place in a value, linked to the place around it.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    segment: Segment<'a>,
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Root,
    Name(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    /// The whole value.
    pub(super) const ROOT: Self = Self { parent: None, segment: Segment::Root };

    /// The field or the payload called `name`.
    pub(super) fn name(&'a self, name: &'a str) -> Self {
        Self { parent: Some(self), segment: Segment::Name(name) }
    }

    /// The element at `index`, from 0.
    pub(super) fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), segment: Segment::Index(index) }
    }

    /// The path as text, such as `[3].mode.lenient`.
    pub(super) fn place(&self) -> Place {
        let mut text = String::new();
        self.write(&mut text);
        Place(text)
    }

    fn write(&self, text: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(text);
        }
        match self.segment {
            Segment::Root => {}
            Segment::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Segment::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
}
