//! What needs no browser: JSON by its schema, CSV by its columns, and what every form must say.

use std::{fs, path::Path};

use anyhow::{Context as _, bail, ensure};
use imgtui::report::bench::CSV_HEADER;
use serde_json::Value;

use crate::{Done, browser::folder, sample};

/// A test's name and what it does.
type Case = (&'static str, fn() -> Done);

/// All of them.
pub(crate) const CASES: [Case; 6] = [
    ("json_is_as_its_schema_says", json_is_valid),
    ("a_json_that_is_not_is_refused", wrong_json_is_refused),
    ("csv_has_the_right_kind_in_each_column", csv_is_typed),
    ("hyperfines_json_has_its_fields", hyperfine_is_readable),
    ("a_stale_image_is_invalid_in_every_form", stale_is_invalid),
    ("pages_ask_nobody_for_anything", pages_are_self_contained),
];

fn schema() -> anyhow::Result<jsonschema::Validator> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bench.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    jsonschema::meta::validate(&schema).map_err(|fault| anyhow::anyhow!("the schema: {fault}"))?;
    Ok(jsonschema::draft202012::new(&schema)?)
}

fn json_is_valid() -> Done {
    let schema = schema()?;
    for sample in [sample::sample()?, sample::article()?, sample::hostile()?] {
        let export: Value = serde_json::from_str(&sample.bench().json()?)?;
        let faults: Vec<String> = schema
            .iter_errors(&export)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .take(5)
            .collect();
        ensure!(faults.is_empty(), "{faults:#?}");
    }
    Ok(())
}

fn wrong_json_is_refused() -> Done {
    let schema = schema()?;
    let export: Value = serde_json::from_str(&sample::sample()?.bench().json()?)?;
    let spoilt = [
        ("/runs/0/record/wall_s", Value::Null),
        ("/runs/0/record/steps/0/status", "perhaps".into()),
        ("/header/plan/seed", (-1).into()),
        ("/results/0/seconds", serde_json::json!(["1"])),
    ];
    for (place, value) in spoilt {
        let mut export = export.clone();
        *export
            .pointer_mut(place)
            .with_context(|| format!("no {place}"))? = value;
        ensure!(!schema.is_valid(&export), "{place} is not looked at");
    }
    let mut export = export;
    export["runs"][0]["record"]["unheard_of"] = 1.into();
    ensure!(
        !schema.is_valid(&export),
        "a field that is not described passes"
    );
    Ok(())
}

fn is_kind(name: &str, field: &str) -> bool {
    let is_empty = field.is_empty();
    match name {
        "round" | "cached_steps" | "steps" | "seed" => field.parse::<u64>().is_ok(),
        "wall_s" => field.parse::<f64>().is_ok_and(|seconds| seconds >= 0.0),
        "user_s" | "system_s" | "busy_before" => is_empty || field.parse::<f64>().is_ok(),
        "compiled_crates" | "layers" => {
            is_empty
                || field
                    .parse::<u64>()
                    .is_ok_and(|count| count > 0 || name != "layers")
        }
        name if name.ends_with("_bytes") => is_empty || field.parse::<u64>().is_ok(),
        "outcome" => ["built", "failed", "cancelled"].contains(&field),
        "verdict" => ["", "verified", "INVALID", "unverified"].contains(&field),
        "started" => field.parse::<jiff::Timestamp>().is_ok(),
        _ => !is_empty,
    }
}

fn csv_is_typed() -> Done {
    let sample = sample::sample()?;
    let text = sample.bench().csv();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    ensure!(
        reader.headers()?.iter().eq(CSV_HEADER),
        "{:?}",
        reader.headers()?
    );
    let mut lines = 0;
    for record in reader.records() {
        let record = record?;
        lines += 1;
        for (name, field) in CSV_HEADER.iter().zip(&record) {
            ensure!(is_kind(name, field), "line {lines}: {name} is `{field}`");
        }
    }
    ensure!(lines == sample.runs.len(), "{lines} lines");
    // Commas, quotes and ends of lines of others make no columns.
    let hostile = sample::hostile()?.bench().csv();
    let mut reader = csv::Reader::from_reader(hostile.as_bytes());
    ensure!(
        reader.records().all(|record| record.is_ok()),
        "hostile text makes columns"
    );
    Ok(())
}

fn hyperfine_is_readable() -> Done {
    let text = sample::sample()?.bench().hyperfine()?;
    // For hyperfine's own scripts, by hand.
    fs::write(folder()?.join("sample.hyperfine.json"), &text)?;
    let export: Value = serde_json::from_str(&text)?;
    let results = export["results"].as_array().context("no results")?;
    // 8 × 6 without four that are wrong, one that fails and one that was left out.
    ensure!(results.len() == 48 - 6, "{} results", results.len());
    for result in results {
        for name in ["mean", "stddev", "median", "user", "system", "min", "max"] {
            ensure!(result[name].is_f64(), "{name}: {result}");
        }
        let times = result["times"].as_array().context("no times")?;
        let codes = result["exit_codes"].as_array().context("no exit codes")?;
        ensure!(times.len() == 5 && codes.len() == 5, "{result}");
        ensure!(
            result["command"].is_string() && result["parameters"]["scenario"].is_string(),
            "{result}"
        );
    }
    Ok(())
}

fn stale_is_invalid() -> Done {
    let sample = sample::sample()?;
    let bench = sample.bench();
    let forms = [
        ("text", bench.text()),
        ("article", bench.article()),
        ("Markdown", bench.markdown()),
        ("CSV", bench.csv()),
        ("JSON", bench.json()?),
        ("hyperfine", bench.hyperfine()?),
        ("HTML", bench.html()),
        ("SVG", bench.svg()),
    ];
    for (name, form) in &forms {
        ensure!(
            form.contains("INVALID") && form.contains("stale-target"),
            "{name} does not say INVALID"
        );
    }
    // The mark of the fastest goes to another one, and so does every place in a plot.
    let plotted = |form: &str| form.contains("<title>stale-target: 2.10 MB");
    ensure!(
        !plotted(&forms[6].1) && !plotted(&forms[7].1),
        "a wrong image is plotted"
    );
    let export: Value = serde_json::from_str(&forms[5].1)?;
    let results = export["results"].as_array().context("no results")?;
    ensure!(
        results
            .iter()
            .all(|one| one["command"] != "stale-target after source"),
        "a wrong image has times"
    );
    Ok(())
}

fn pages_are_self_contained() -> Done {
    let sample = sample::sample()?;
    for (name, form) in [
        ("HTML", sample.bench().html()),
        ("SVG", sample.bench().svg()),
    ] {
        // The name of SVG's elements looks like an address, and is none.
        let form = form.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for asks in [
            "src=", "http:", "https:", "url(", "@import", "<link", "<script", "href=\"/",
        ] {
            if let Some(at) = form.find(asks) {
                bail!(
                    "{name} holds {asks}: {}",
                    form.get(at..at + 60).unwrap_or_default()
                );
            }
        }
    }
    Ok(())
}
