//! The words and tables of `larder.toml` for sizes and scopes.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use larder_component::declare::{Resources, Scope, Size};

/// A size, as `larder.toml` writes it: a word, or a table of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SizeConfig(pub Size);

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ResourcesConfig {
    cpus: u32,
    memory_mib: u32,
    storage_mib: u32,
    #[serde(default)]
    gpus: u32,
}

impl<'de> Deserialize<'de> for SizeConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = SizeConfig;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(
                    "\"small\", \"medium\", \"large\", \"small-gpu\", \"large-gpu\", or a table of cpus, memory-mib, \
                     storage-mib and gpus",
                )
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<SizeConfig, E> {
                let size = word.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(word), &self))?;
                Ok(SizeConfig(size))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SizeConfig, A::Error> {
                let ResourcesConfig { cpus, memory_mib, storage_mib, gpus } =
                    ResourcesConfig::deserialize(MapAccessDeserializer::new(map))?;
                if cpus == 0 || memory_mib == 0 {
                    return Err(A::Error::custom("a task needs at least one cpu and one MiB of memory"));
                }
                Ok(SizeConfig(Size::Custom(Resources { cpus, memory_mib, storage_mib, gpus })))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

pub(super) fn scope<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Scope>, D::Error> {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Word {
        Account,
        Workflow,
    }
    Ok(Some(match Word::deserialize(deserializer)? {
        Word::Account => Scope::Account,
        Word::Workflow => Scope::Workflow,
    }))
}
