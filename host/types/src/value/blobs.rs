//! The files and directories in a value.

use larder_base::BlobKind;

use super::blob::BlobRef;
use super::owned::Value;

impl Value {
    /// Returns true if no file or directory in the value is named by a path: a stranger's value must not make the host
    /// read its own files.
    #[must_use]
    pub fn names_no_path(&self) -> bool {
        let mut none = true;
        self.each_blob(&mut |_, blob| none &= !matches!(blob, BlobRef::Path(_)));
        none
    }

    /// Calls `each` for every file and directory in the value, in declared order.
    pub fn each_blob<'v>(&'v self, each: &mut impl FnMut(BlobKind, &'v BlobRef)) {
        match self {
            Self::File(blob) => each(BlobKind::File, blob),
            Self::Directory(blob) => each(BlobKind::Directory, blob),
            Self::List(values) | Self::Record(values) | Self::Tuple(values) => {
                values.iter().for_each(|value| value.each_blob(each));
            }
            Self::Variant { case: _, payload } | Self::Option(payload) | Self::Result(Ok(payload) | Err(payload)) => {
                if let Some(payload) = payload {
                    payload.each_blob(each);
                }
            }
            Self::Bool(_)
            | Self::S8(_)
            | Self::U8(_)
            | Self::S16(_)
            | Self::U16(_)
            | Self::S32(_)
            | Self::U32(_)
            | Self::S64(_)
            | Self::U64(_)
            | Self::F32(_)
            | Self::F64(_)
            | Self::Char(_)
            | Self::String(_)
            | Self::Bytes(_)
            | Self::Enum(_)
            | Self::Flags(_) => {}
        }
    }

    /// Calls `each` for every file and directory in the value, in declared order, to change them.
    pub fn each_blob_mut(&mut self, each: &mut impl FnMut(BlobKind, &mut BlobRef)) {
        match self {
            Self::File(blob) => each(BlobKind::File, blob),
            Self::Directory(blob) => each(BlobKind::Directory, blob),
            Self::List(values) | Self::Record(values) | Self::Tuple(values) => {
                values.iter_mut().for_each(|value| value.each_blob_mut(each));
            }
            Self::Variant { case: _, payload } | Self::Option(payload) | Self::Result(Ok(payload) | Err(payload)) => {
                if let Some(payload) = payload {
                    payload.each_blob_mut(each);
                }
            }
            Self::Bool(_)
            | Self::S8(_)
            | Self::U8(_)
            | Self::S16(_)
            | Self::U16(_)
            | Self::S32(_)
            | Self::U32(_)
            | Self::S64(_)
            | Self::U64(_)
            | Self::F32(_)
            | Self::F64(_)
            | Self::Char(_)
            | Self::String(_)
            | Self::Bytes(_)
            | Self::Enum(_)
            | Self::Flags(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Blob;
    use larder_base::Digest;

    #[test]
    fn every_blob_in_a_value_is_met_in_order() {
        let path = |path: &str| BlobRef::Path(path.into());
        let mut value = Value::Record(vec![
            Value::Option(Some(Box::new(Value::File(path("1"))))),
            Value::List(vec![Value::Tuple(vec![Value::Bool(true), Value::Directory(path("2"))])]),
            Value::Result(Err(Some(Box::new(Value::File(path("3")))))),
            Value::Variant { case: 0, payload: Some(Box::new(Value::File(path("4")))) },
            Value::Option(None),
        ]);
        let mut met = Vec::new();
        value.each_blob(&mut |kind, blob| met.push((kind, blob.clone())));
        let (file, directory) = (BlobKind::File, BlobKind::Directory);
        assert_eq!(met, [(file, path("1")), (directory, path("2")), (file, path("3")), (file, path("4"))]);
        value.each_blob_mut(&mut |_, blob| *blob = path("x"));
        let mut all = true;
        value.each_blob(&mut |_, blob| all &= *blob == path("x"));
        assert!(all);
    }

    #[test]
    fn a_path_anywhere_in_a_value_is_seen() {
        let known = || {
            let blob = Blob { digest: Digest::of(b""), size: 0, name: None, path: Some("here".into()) };
            Value::File(BlobRef::Known(blob))
        };
        let stored = || Value::Directory(BlobRef::Stored { digest: Digest::of(b""), name: None });
        let path = || Value::File(BlobRef::Path("a".into()));
        assert!(Value::U8(0).names_no_path() && Value::List(vec![known(), stored()]).names_no_path());
        for others in [vec![path(), known()], vec![stored(), path()], vec![path()]] {
            assert!(!Value::Option(Some(Box::new(Value::Record(others)))).names_no_path());
        }
    }
}
