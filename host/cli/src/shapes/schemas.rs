//! JSON Schemas of the shapes, which must equal the files in `docs/schemas/`, and objects that must match them.

use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use super::batch::{BatchLine, BatchSummary};
use super::blob::{BlobList, StoredBlob};
use super::failure::FailureReport;
use super::inspect::ComponentReport;
use super::key::KeyReport;
use super::path::{BuiltComponent, NewProject, PathReport};
use super::run::RunReport;
use super::samples;
use super::sizes::SizesReport;
use super::trust::{Approved, ApprovedFile, Removed};

fn schema<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Returns the schema of each object, by its name.
fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("batch-line", schema::<BatchLine<'_>>()),
        ("batch-summary", schema::<BatchSummary<'_>>()),
        ("blob-ls", schema::<BlobList<'_>>()),
        ("blob-put", schema::<StoredBlob<'_>>()),
        ("build", schema::<BuiltComponent<'_>>()),
        ("failure", schema::<FailureReport>()),
        ("inspect", schema::<ComponentReport>()),
        ("key", schema::<KeyReport>()),
        ("new", schema::<NewProject<'_>>()),
        ("path", schema::<PathReport<'_>>()),
        ("run", schema::<RunReport<Value>>()),
        ("sizes", schema::<SizesReport>()),
        ("trust", schema::<Approved<'_>>()),
        ("trust-list", schema::<Vec<ApprovedFile<'_>>>()),
        ("trust-remove", schema::<Removed<'_>>()),
    ]
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas")
}

fn text(schema: &Schema) -> String {
    serde_json::to_string_pretty(schema).unwrap() + "\n"
}

#[test]
#[ignore = "it writes into docs/schemas, for a shape that has changed on purpose"]
fn write_the_schemas() {
    std::fs::create_dir_all(folder()).unwrap();
    for (name, schema) in schemas() {
        std::fs::write(folder().join(format!("{name}.json")), text(&schema)).unwrap();
    }
}

#[test]
fn the_docs_have_the_schema_of_each_shape_and_no_other() {
    let again = "cargo test -p larder-cli --lib write_the_schemas -- --ignored";
    let mut names = Vec::new();
    for (name, schema) in schemas() {
        let file = format!("{name}.json");
        let written = std::fs::read_to_string(folder().join(&file)).unwrap_or_default();
        assert!(written == text(&schema), "{file} is another one now: {again}");
        names.push(file);
    }
    let mut files: Vec<String> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
}

#[test]
fn an_object_of_each_shape_fits_its_schema() {
    let schemas = schemas();
    let mut tested: Vec<&str> = Vec::new();
    for (name, objects) in samples::all() {
        let (_, schema) = schemas.iter().find(|(schema, _)| *schema == name).unwrap();
        for object in objects {
            let object: Value = serde_json::from_str(object.get()).unwrap();
            check(&object, schema.as_value(), schema.as_value(), name);
        }
        tested.push(name);
    }
    tested.sort_unstable();
    assert_eq!(tested, schemas.iter().map(|(name, _)| *name).collect::<Vec<_>>());
}

#[test]
fn keys_stand_in_alphabetical_order_and_a_result_comes_last() {
    for (name, objects) in samples::all() {
        for object in objects.iter().filter(|_| name != "batch-line") {
            let mut sorted: Value = serde_json::from_str(object.get()).unwrap();
            let result = sorted.as_object_mut().filter(|_| name == "run").and_then(|object| object.remove("result"));
            let mut expected = sorted.to_string();
            if let Some(result) = result {
                expected = format!("{},\"result\":{result}}}", expected.strip_suffix('}').unwrap());
            }
            assert_eq!(object.get(), expected, "{name}");
        }
    }
}

/// Fails if `object` does not match `schema`, by the keywords that the schemas use. A key without a property is a fault
/// of the schema.
#[track_caller]
fn check(object: &Value, schema: &Value, root: &Value, place: &str) {
    assert!(fits(object, schema, root), "{place}: {object} does not fit {schema}");
}

fn fits(object: &Value, schema: &Value, root: &Value) -> bool {
    let Some(schema) = schema.as_object() else { return schema == &Value::Bool(true) };
    let known = [
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "format",
        "items",
        "maximum",
        "minimum",
        "oneOf",
        "properties",
        "required",
        "title",
        "type",
    ];
    let unknown: Vec<&String> = schema.keys().filter(|key| !known.contains(&key.as_str())).collect();
    assert!(unknown.is_empty(), "keywords that are not checked: {unknown:?}");
    let among = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
    let is_one = |schemas: &Vec<Value>| schemas.iter().any(|schema| fits(object, schema, root));
    let refers = |name: &Value| fits(object, &root["$defs"][name.as_str().unwrap().rsplit('/').next().unwrap()], root);
    schema.get("$ref").is_none_or(refers)
        && schema.get("type").is_none_or(|ty| has_type(object, ty))
        && schema.get("const").is_none_or(|value| value == object)
        && among("enum").is_none_or(|values| values.contains(object))
        && among("anyOf").is_none_or(is_one)
        && among("oneOf").is_none_or(is_one)
        && object
            .as_array()
            .zip(schema.get("items"))
            .is_none_or(|(items, schema)| items.iter().all(|item| fits(item, schema, root)))
        && object.as_object().is_none_or(|members| members_fit(members, schema, root))
}

fn has_type(object: &Value, ty: &Value) -> bool {
    let is = |ty: &Value| match (ty.as_str().unwrap(), object) {
        ("null", Value::Null) | ("boolean", Value::Bool(_)) | ("number", Value::Number(_)) => true,
        ("integer", Value::Number(number)) => number.is_u64() || number.is_i64(),
        ("string", Value::String(_)) | ("array", Value::Array(_)) | ("object", Value::Object(_)) => true,
        _ => false,
    };
    ty.as_array().map_or_else(|| is(ty), |types| types.iter().any(is))
}

fn members_fit(members: &Map<String, Value>, schema: &Map<String, Value>, root: &Value) -> bool {
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let properties = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties");
    let described = |(key, value): (&String, &Value)| match (properties.and_then(|all| all.get(key)), others) {
        (Some(schema), _) | (None, Some(schema)) => fits(value, schema, root),
        (None, None) => properties.is_none(),
    };
    required.into_iter().all(|key| members.contains_key(key.as_str().unwrap())) && members.iter().all(described)
}
