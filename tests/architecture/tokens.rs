//! Paths in tokens: the arguments of macros and attributes, and the bodies of `macro_rules!`.
//!
//! A path is an identifier that no dot, quote or dollar sign precedes, and the identifiers after each `::`. Two kinds
//! of single identifiers count: a macro's name before `!`, and a method's name between a dot and `()`. `$crate` is
//! `crate`. A group after `::` holds the rest of several paths, as in a `use` item.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use crate::paths::{Use, UseKind, name, names};

/// Adds the paths in the tokens of a macro.
pub(crate) fn scan(tokens: TokenStream, uses: &mut Vec<Use>) {
    Scan { tokens: tokens.into_iter().collect(), prefix: Vec::new(), reads_strings: false, uses }.run();
}

/// Adds the paths in the arguments of an attribute, where a string can be a path.
pub(crate) fn scan_attribute(tokens: TokenStream, uses: &mut Vec<Use>) {
    Scan { tokens: tokens.into_iter().collect(), prefix: Vec::new(), reads_strings: true, uses }.run();
}

/// Adds the path that a string is, if it has at least two names.
pub(crate) fn quoted(text: &str, line: usize, uses: &mut Vec<Use>) {
    if let Ok(path) = syn::parse_str::<syn::Path>(text)
        && path.segments.len() > 1
    {
        uses.push(Use { path: names(&path), kind: UseKind::Path, line });
    }
}

/// Single names between the commas of an attribute's arguments, with a value or without one.
pub(crate) fn keys(tokens: TokenStream) -> Vec<String> {
    let mut keys = Vec::new();
    let mut is_first = true;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) if is_first => keys.push(name(&ident)),
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                is_first = true;
                continue;
            }
            TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_) | TokenTree::Punct(_) => {}
        }
        is_first = false;
    }
    keys
}

struct Scan<'a> {
    tokens: Vec<TokenTree>,
    /// Names before the group that these tokens are in, if it is one of a `use` item.
    prefix: Vec<String>,
    reads_strings: bool,
    uses: &'a mut Vec<Use>,
}

impl Scan<'_> {
    fn run(mut self) {
        let mut at = 0;
        while at < self.tokens.len() {
            at = match self.tokens[at].clone() {
                TokenTree::Ident(ident) => self.path(at, &ident),
                TokenTree::Group(group) => self.group(&group, Vec::new(), at),
                TokenTree::Literal(literal) => {
                    if self.reads_strings
                        && let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
                    {
                        quoted(&text.value(), literal.span().start().line, self.uses);
                    }
                    at + 1
                }
                // In a group of a `use` item, it imports all names of the prefix.
                TokenTree::Punct(star) if star.as_char() == '*' && !self.prefix.is_empty() => {
                    let line = star.span().start().line;
                    self.uses.push(Use { path: self.prefix.clone(), kind: UseKind::Glob, line });
                    at + 1
                }
                TokenTree::Punct(_) => at + 1,
            };
        }
    }

    fn is(&self, at: usize, expected: char) -> bool {
        matches!(self.tokens.get(at), Some(TokenTree::Punct(found)) if found.as_char() == expected)
    }

    fn is_before(&self, at: usize, distance: usize, expected: char) -> bool {
        at.checked_sub(distance).is_some_and(|before| self.is(before, expected))
    }

    fn is_call(&self, at: usize) -> bool {
        let Some(TokenTree::Group(group)) = self.tokens.get(at) else { return false };
        group.delimiter() == Delimiter::Parenthesis && group.stream().is_empty()
    }

    fn group(&mut self, group: &Group, prefix: Vec<String>, at: usize) -> usize {
        let (tokens, reads_strings) = (group.stream().into_iter().collect(), self.reads_strings);
        Scan { tokens, prefix, reads_strings, uses: self.uses }.run();
        at + 1
    }

    /// Reads the path that begins at an identifier, and returns its end.
    fn path(&mut self, at: usize, ident: &Ident) -> usize {
        let line = ident.span().start().line;
        let is_field = self.is_before(at, 1, '.') && !self.is_before(at, 2, '.');
        if is_field {
            if self.is_call(at + 1) {
                self.uses.push(Use { path: vec![name(ident)], kind: UseKind::Method, line });
            }
            return at + 1;
        }
        let mut path = self.prefix.clone();
        if self.is_before(at, 1, ':') && self.is_before(at, 2, ':') {
            path.push(String::new());
        }
        if ident != "self" || path.is_empty() {
            path.push(name(ident));
        }
        let mut end = at + 1;
        while self.is(end, ':') && self.is(end + 1, ':') {
            match self.tokens.get(end + 2).cloned() {
                Some(TokenTree::Ident(next)) => path.push(name(&next)),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    return self.group(&group, path, end + 2);
                }
                Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                    self.uses.push(Use { path, kind: UseKind::Glob, line });
                    return end + 3;
                }
                // Generic arguments end the path: what follows them is a method or a variant.
                Some(_) | None => break,
            }
            end += 3;
        }
        let is_macro = self.is(end, '!') && !self.is(end + 1, '=');
        if !self.is_no_path(at, ident) && (is_macro || path.len() > 1) {
            let kind = if is_macro { UseKind::Macro } else { UseKind::Path };
            self.uses.push(Use { path, kind, line });
        }
        end
    }

    /// True for a variable of `macro_rules!`, a lifetime, a name after generic arguments, and `as` with the name after
    /// it.
    fn is_no_path(&self, at: usize, ident: &Ident) -> bool {
        let before = at.checked_sub(1).map(|before| &self.tokens[before]);
        let is_alias = ident == "as" || matches!(before, Some(TokenTree::Ident(word)) if word == "as");
        let is_rest = self.is_before(at, 1, ':') && self.is_before(at, 3, '>');
        let is_variable = self.is_before(at, 1, '$') && ident != "crate";
        (is_alias && !self.prefix.is_empty()) || is_rest || is_variable || self.is_before(at, 1, '\'')
    }
}

#[cfg(test)]
mod tests;
