//! `larder key`: prints the key of a call, and each of its ingredients.

use std::sync::Arc;

use comfy_table::{ContentArrangement, Table, presets};

use super::args::{Global, Key};
use super::failure::Exit;
use super::print::Printer;
use super::runtime;
use super::shapes::{IngredientFacts, KeyReport};
use super::surroundings::Surroundings;
use super::{context, escape, wait};
use larder::key::{Ingredients, KEY_FORMAT, SEALED_WORLD};
use larder::policy::Asked;
use larder::{CallOptions, Digest, Prepared};

pub(super) fn key(key: &Key, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    let (component, task) = key.called.names()?;
    let around = Surroundings::trusting(global, key.trusting, printer)?;
    let larder = context::larder_or_no_cache(&around)?;
    let located = around.locate(component, &larder)?;
    let runtime = runtime::on_this_thread()?;
    let resolving = async {
        let component = Arc::new(larder.load(&located.path, located.config.as_ref()).await?);
        let task = component.find(task)?;
        let asked = Asked { trust: key.trusting.trust(), ..key.called.declared.asked() };
        let options = CallOptions { asked, ..CallOptions::default() };
        let prepared = larder.prepare(component, task, options)?;
        let inputs = context::inputs(&prepared, &key.called.arguments)?;
        let inputs = larder.resolve(&inputs, prepared.policy.file_names).await?.inputs;
        anyhow::Ok((prepared, inputs))
    };
    let resolved = runtime.block_on(wait::wait(resolving, &larder, printer));
    runtime::end(runtime, &larder, resolved.is_ok());
    let (prepared, inputs) = resolved?;
    let signature = &prepared.task().exported.signature;
    let encoded = larder::value::encode_inputs(&inputs, signature).map_err(larder::Error::from)?;
    let digests: Vec<(String, Digest)> = signature
        .params
        .iter()
        .zip(encoded.each())
        .map(|(param, bytes)| (param.name.clone(), Digest::of(bytes)))
        .collect();
    let entry = prepared.key(&inputs)?;
    if printer.json {
        printer.json(&report(&prepared, entry.map(|key| key.to_string()), &digests))?;
    } else {
        printer.stdout(&format!("{}\n", table(&prepared, entry.map(|key| key.to_string()), &digests)))?;
    }
    Ok(Exit::Done)
}

fn report(prepared: &Prepared, entry: Option<String>, digests: &[(String, Digest)]) -> KeyReport {
    let facts = |ingredients: &Ingredients| {
        let Ingredients { account, workflow, task, signature, version } = ingredients;
        IngredientFacts {
            account: account.clone(),
            key_format: KEY_FORMAT,
            sealed_world: SEALED_WORLD,
            signature: signature.clone(),
            task: task.to_string(),
            version: version.to_string(),
            workflow: workflow.clone(),
        }
    };
    KeyReport {
        cache_id: prepared.cache_id.map(|id| id.digest().to_string()),
        cached: prepared.ingredients.is_some(),
        ingredients: prepared.ingredients.as_ref().map(facts),
        inputs: digests.iter().map(|(name, digest)| (name.clone(), digest.to_string())).collect(),
        key: entry,
    }
}

fn table(prepared: &Prepared, entry: Option<String>, digests: &[(String, Digest)]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    let mut row = |name: &str, text: &str| {
        table.add_row([escape::cell(name), escape::cell(text)]);
    };
    let (Some(ingredients), Some(cache), Some(id)) = (&prepared.ingredients, &prepared.policy.cache, prepared.cache_id)
    else {
        row("key", "none: the task declares no cache version (see --cache-version and --pinned)");
        return table.trim_fmt();
    };
    row("key", &entry.unwrap_or_default());
    row("cache id", &id.digest().to_string());
    row("  key format", &KEY_FORMAT.to_string());
    row("  sealed world", &SEALED_WORLD.to_string());
    row("  account", &ingredients.account);
    row("  workflow", ingredients.workflow.as_deref().unwrap_or("any (the scope is account)"));
    row("  task", &ingredients.task.to_string());
    row("  signature", &ingredients.signature);
    row("  version", &format!("{} (from {})", ingredients.version, cache.declared_by));
    row("inputs", "");
    for (name, digest) in digests {
        row(&format!("  {name}"), &digest.to_string());
    }
    table.trim_fmt()
}
