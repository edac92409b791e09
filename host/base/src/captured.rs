//! Output of a guest, kept to a bounded head and tail: a log of a terabyte must not take a terabyte on the host.

use std::collections::VecDeque;

/// Output of a guest on one of its standard streams: the first bytes, the last bytes, and the number of all.
#[derive(Debug, Clone, Default, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Captured {
    /// The first bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub head: Vec<u8>,
    /// The last bytes that are not in `head`.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub tail: Vec<u8>,
    /// Number of all bytes written.
    #[n(2)]
    pub total_bytes: u64,
}

impl Captured {
    /// Returns the number of bytes dropped between head and tail.
    #[must_use]
    pub fn dropped_bytes(&self) -> u64 {
        self.total_bytes.saturating_sub(self.head.len() as u64).saturating_sub(self.tail.len() as u64)
    }

    /// Returns the text, with a note in place of the dropped bytes. Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.head).into_owned();
        if self.dropped_bytes() > 0 {
            text.push_str(&format!("\n… {} bytes left out …\n", self.dropped_bytes()));
        }
        text.push_str(&String::from_utf8_lossy(&self.tail));
        text
    }
}

/// Collects output in bounded memory.
#[derive(Debug)]
pub struct Capture {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total_bytes: u64,
    bytes_each: usize,
}

impl Capture {
    /// Keeps at most `bytes_each` bytes at the head and as many at the tail.
    pub fn new(bytes_each: usize) -> Self {
        Self { head: Vec::new(), tail: VecDeque::new(), total_bytes: 0, bytes_each }
    }

    /// Adds `bytes` at the end.
    pub fn write(&mut self, bytes: &[u8]) {
        self.total_bytes += bytes.len() as u64;
        let into_head = bytes.len().min(self.bytes_each - self.head.len());
        self.head.extend_from_slice(&bytes[..into_head]);
        let rest = &bytes[into_head..];
        let rest = &rest[rest.len().saturating_sub(self.bytes_each)..];
        let overflow = (self.tail.len() + rest.len()).saturating_sub(self.bytes_each);
        self.tail.drain(..overflow);
        self.tail.extend(rest);
    }

    /// Takes what has been kept so far.
    pub fn take(&mut self) -> Captured {
        let captured = Captured {
            head: std::mem::take(&mut self.head),
            tail: std::mem::take(&mut self.tail).into(),
            total_bytes: self.total_bytes,
        };
        self.total_bytes = 0;
        captured
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn head_and_tail_are_the_ends_of_what_was_written(
            chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..10),
            bytes_each in 0usize..12,
        ) {
            let mut capture = Capture::new(bytes_each);
            for chunk in &chunks {
                capture.write(chunk);
            }
            let all = chunks.concat();
            let captured = capture.take();
            prop_assert_eq!(captured.total_bytes, all.len() as u64);
            prop_assert!(all.starts_with(&captured.head) && all.ends_with(&captured.tail));
            let kept = captured.head.len() + captured.tail.len();
            prop_assert_eq!(kept, all.len().min(2 * bytes_each));
            prop_assert_eq!(captured.dropped_bytes(), (all.len() - kept) as u64);
        }
    }

    #[test]
    fn the_text_says_what_was_left_out() {
        let mut capture = Capture::new(2);
        capture.write(b"abcdefg");
        assert_eq!(capture.take().text(), "ab\n… 3 bytes left out …\nfg");
    }
}
