//! Encoding of names and types for the store: compact CBOR, with bounds on what is read back.
//!
//! The store guards its records with digests, but a record that passes can still come from other code than ours. So
//! reading back trusts nothing: depth and number of types have the limits that expansion has, and no memory is
//! allocated for a length before its items have been read.
//!
//! A type without parts is an unsigned code; any other is an array of its code and its parts. The codes belong to the
//! format: they are never reused, and a change bumps the format of what is stored with them,
//! `larder_component::declare::DECLARED_FORMAT`.

use minicbor::data::Type;
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

use crate::{Case, Field, Signature, TaskName, WitType};

/// Maximum nesting depth of the types of a signature; the type of a parameter is at depth 1.
pub const MAX_DEPTH: usize = 64;

/// Maximum number of types and names in a signature, written out.
pub const MAX_NODES: usize = 10_000;

const BOOL: u8 = 0;
const S8: u8 = 1;
const U8: u8 = 2;
const S16: u8 = 3;
const U16: u8 = 4;
const S32: u8 = 5;
const U32: u8 = 6;
const S64: u8 = 7;
const U64: u8 = 8;
const F32: u8 = 9;
const F64: u8 = 10;
const CHAR: u8 = 11;
const STRING: u8 = 12;
const LIST: u8 = 13;
const RECORD: u8 = 14;
const TUPLE: u8 = 15;
const VARIANT: u8 = 16;
const ENUM: u8 = 17;
const OPTION: u8 = 18;
const RESULT: u8 = 19;
const FLAGS: u8 = 20;
const FILE: u8 = 21;
const DIRECTORY: u8 = 22;

type Encoded<W> = Result<(), encode::Error<<W as Write>::Error>>;

impl<C> Encode<C> for TaskName {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, ctx: &mut C) -> Encoded<W> {
        match self {
            Self::Interface { package, interface, function } => {
                e.array(4)?.u8(0)?.str(package)?.str(interface)?.str(function)?.ok()
            }
            Self::World { component, function } => e.array(3)?.u8(1)?.encode_with(component, ctx)?.str(function)?.ok(),
            Self::Inline { component, interface, function } => {
                e.array(4)?.u8(2)?.encode_with(component, ctx)?.str(interface)?.str(function)?.ok()
            }
        }
    }
}

impl<'b, C> Decode<'b, C> for TaskName {
    fn decode(d: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        let at = d.position();
        match (array(d)?, d.u8()?) {
            (4, 0) => Ok(Self::Interface { package: text(d)?, interface: text(d)?, function: text(d)? }),
            (3, 1) => Ok(Self::World { component: d.decode_with(ctx)?, function: text(d)? }),
            (4, 2) => Ok(Self::Inline { component: d.decode_with(ctx)?, interface: text(d)?, function: text(d)? }),
            (_, _) => Err(decode::Error::message("no kind of task name").at(at)),
        }
    }
}

impl<C> Encode<C> for Signature {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Encoded<W> {
        let Self { params, result } = self;
        e.array(2)?;
        fields(e, params)?;
        optional(e, result.as_ref())
    }
}

impl<'b, C> Decode<'b, C> for Signature {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let mut reader = Reader { left: MAX_NODES };
        expect(d, 2)?;
        Ok(Self { params: reader.fields(d, 0)?, result: reader.optional(d, 0)? })
    }
}

impl<C> Encode<C> for WitType {
    fn encode<W: Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Encoded<W> {
        ty(e, self)
    }
}

impl<'b, C> Decode<'b, C> for WitType {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        Reader { left: MAX_NODES }.ty(d, 0)
    }
}

fn ty<W: Write>(e: &mut Encoder<W>, of: &WitType) -> Encoded<W> {
    match of {
        WitType::Bool => e.u8(BOOL)?.ok(),
        WitType::S8 => e.u8(S8)?.ok(),
        WitType::U8 => e.u8(U8)?.ok(),
        WitType::S16 => e.u8(S16)?.ok(),
        WitType::U16 => e.u8(U16)?.ok(),
        WitType::S32 => e.u8(S32)?.ok(),
        WitType::U32 => e.u8(U32)?.ok(),
        WitType::S64 => e.u8(S64)?.ok(),
        WitType::U64 => e.u8(U64)?.ok(),
        WitType::F32 => e.u8(F32)?.ok(),
        WitType::F64 => e.u8(F64)?.ok(),
        WitType::Char => e.u8(CHAR)?.ok(),
        WitType::String => e.u8(STRING)?.ok(),
        WitType::File => e.u8(FILE)?.ok(),
        WitType::Directory => e.u8(DIRECTORY)?.ok(),
        WitType::List(element) => ty(e.array(2)?.u8(LIST)?, element),
        WitType::Option(some) => ty(e.array(2)?.u8(OPTION)?, some),
        WitType::Record(members) => fields(e.array(2)?.u8(RECORD)?, members),
        WitType::Tuple(members) => {
            e.array(2)?.u8(TUPLE)?.array(members.len() as u64)?;
            members.iter().try_for_each(|member| ty(e, member))
        }
        WitType::Variant(cases) => {
            e.array(2)?.u8(VARIANT)?.array(cases.len() as u64)?;
            cases.iter().try_for_each(|Case { name, ty }| optional(e.array(2)?.str(name)?, ty.as_ref()))
        }
        WitType::Enum(names) => texts(e.array(2)?.u8(ENUM)?, names),
        WitType::Flags(names) => texts(e.array(2)?.u8(FLAGS)?, names),
        WitType::Result { ok, err } => {
            optional(e.array(3)?.u8(RESULT)?, ok.as_deref())?;
            optional(e, err.as_deref())
        }
    }
}

fn optional<W: Write>(e: &mut Encoder<W>, of: Option<&WitType>) -> Encoded<W> {
    match of {
        Some(some) => ty(e, some),
        None => e.null()?.ok(),
    }
}

fn fields<W: Write>(e: &mut Encoder<W>, fields: &[Field]) -> Encoded<W> {
    e.array(fields.len() as u64)?;
    fields.iter().try_for_each(|field| ty(e.array(2)?.str(&field.name)?, &field.ty))
}

fn texts<W: Write>(e: &mut Encoder<W>, texts: &[String]) -> Encoded<W> {
    e.array(texts.len() as u64)?;
    texts.iter().try_for_each(|text| e.str(text)?.ok())
}

/// Reads types back, counting them.
struct Reader {
    left: usize,
}

impl Reader {
    /// Reads a type whose parent is at `depth`.
    fn ty(&mut self, d: &mut Decoder<'_>, depth: usize) -> Result<WitType, decode::Error> {
        self.take(d)?;
        if depth >= MAX_DEPTH {
            return Err(decode::Error::message("a type that nests too deep").at(d.position()));
        }
        if d.datatype()? == Type::U8 {
            return simple(d);
        }
        let at = d.position();
        let depth = depth + 1;
        match (array(d)?, d.u8()?) {
            (2, LIST) => Ok(WitType::List(Box::new(self.ty(d, depth)?))),
            (2, OPTION) => Ok(WitType::Option(Box::new(self.ty(d, depth)?))),
            (2, RECORD) => Ok(WitType::Record(self.fields(d, depth)?)),
            (2, TUPLE) => Ok(WitType::Tuple(self.items(d, |reader, d| reader.ty(d, depth))?)),
            (2, VARIANT) => Ok(WitType::Variant(self.items(d, |reader, d| reader.case(d, depth))?)),
            (2, ENUM) => Ok(WitType::Enum(self.items(d, Self::name)?)),
            (2, FLAGS) => Ok(WitType::Flags(self.items(d, Self::name)?)),
            (3, RESULT) => Ok(WitType::Result {
                ok: self.optional(d, depth)?.map(Box::new),
                err: self.optional(d, depth)?.map(Box::new),
            }),
            (_, _) => Err(decode::Error::message("no kind of type").at(at)),
        }
    }

    fn optional(&mut self, d: &mut Decoder<'_>, depth: usize) -> Result<Option<WitType>, decode::Error> {
        if d.datatype()? == Type::Null {
            d.null()?;
            return Ok(None);
        }
        self.ty(d, depth).map(Some)
    }

    fn fields(&mut self, d: &mut Decoder<'_>, depth: usize) -> Result<Vec<Field>, decode::Error> {
        self.items(d, |reader, d| {
            expect(d, 2)?;
            Ok(Field { name: reader.name(d)?, ty: reader.ty(d, depth)? })
        })
    }

    fn case(&mut self, d: &mut Decoder<'_>, depth: usize) -> Result<Case, decode::Error> {
        expect(d, 2)?;
        Ok(Case { name: self.name(d)?, ty: self.optional(d, depth)? })
    }

    fn name(&mut self, d: &mut Decoder<'_>) -> Result<String, decode::Error> {
        self.take(d)?;
        text(d)
    }

    fn items<T>(
        &mut self,
        d: &mut Decoder<'_>,
        mut item: impl FnMut(&mut Self, &mut Decoder<'_>) -> Result<T, decode::Error>,
    ) -> Result<Vec<T>, decode::Error> {
        let mut items = Vec::new();
        for _ in 0..array(d)? {
            items.push(item(self, d)?);
        }
        Ok(items)
    }

    fn take(&mut self, d: &Decoder<'_>) -> Result<(), decode::Error> {
        let too_many = || decode::Error::message("a signature with too many types").at(d.position());
        self.left = self.left.checked_sub(1).ok_or_else(too_many)?;
        Ok(())
    }
}

fn simple(d: &mut Decoder<'_>) -> Result<WitType, decode::Error> {
    let at = d.position();
    Ok(match d.u8()? {
        BOOL => WitType::Bool,
        S8 => WitType::S8,
        U8 => WitType::U8,
        S16 => WitType::S16,
        U16 => WitType::U16,
        S32 => WitType::S32,
        U32 => WitType::U32,
        S64 => WitType::S64,
        U64 => WitType::U64,
        F32 => WitType::F32,
        F64 => WitType::F64,
        CHAR => WitType::Char,
        STRING => WitType::String,
        FILE => WitType::File,
        DIRECTORY => WitType::Directory,
        _ => return Err(decode::Error::message("no simple type").at(at)),
    })
}

fn text(d: &mut Decoder<'_>) -> Result<String, decode::Error> {
    d.str().map(str::to_owned)
}

/// Reads the length of an array. It refuses an indefinite length, which is never written.
fn array(d: &mut Decoder<'_>) -> Result<u64, decode::Error> {
    let at = d.position();
    d.array()?.ok_or_else(|| decode::Error::message("an array without a length").at(at))
}

fn expect(d: &mut Decoder<'_>, length: u64) -> Result<(), decode::Error> {
    let at = d.position();
    match array(d)? == length {
        true => Ok(()),
        false => Err(decode::Error::message("an array of another length").at(at)),
    }
}
