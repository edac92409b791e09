//! Path of a reader in a value, kept on its call stack: it costs nothing until an error asks for its text.

use super::error::Place;

/// A step from a value to one inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// To the same place: an option adds nothing to a path.
    Here,
    /// To the field or payload of this name.
    Name(&'a str),
    /// To the element at this index, from 0.
    Index(usize),
}

/// A place in a value, linked to the place around it.
#[derive(Clone, Copy)]
pub(super) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

impl<'a> Path<'a> {
    /// The path of the whole value.
    pub(super) const ROOT: Self = Self { parent: None, step: Step::Here };

    /// Returns the path of the field or payload called `name`.
    pub(super) const fn name(&'a self, name: &'a str) -> Self {
        self.then(Step::Name(name))
    }

    /// Returns the path of the element at `index`, from 0.
    pub(super) const fn index(&'a self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// Returns the path that a step leads to.
    pub(super) const fn then(&'a self, step: Step<'a>) -> Self {
        Self { parent: Some(self), step }
    }

    /// Returns the path as text, such as `[3].mode.lenient`.
    pub(super) fn place(&self) -> Place {
        let mut text = String::new();
        self.write(&mut text);
        Place(text)
    }

    fn write(&self, text: &mut String) {
        if let Some(parent) = self.parent {
            parent.write(text);
        }
        match self.step {
            Step::Here => {}
            Step::Name(name) => {
                text.push('.');
                text.push_str(name);
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
}
