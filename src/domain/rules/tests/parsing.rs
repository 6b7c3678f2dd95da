use proptest::prelude::*;

use super::*;

fn fault(text: &str) -> String {
    text.parse::<Rule>().unwrap_err().to_string()
}

#[test]
fn a_rule_is_strategy_scenario_metric_sign_and_value() {
    let whole = rule(" chef-scratch/edit:median>=1.5m ");
    assert_eq!(whole.strategy, Some(StrategyId("chef-scratch".into())));
    assert_eq!(whole.scenario, Some(Prior::Source));
    assert_eq!(
        (whole.metric, whole.comparison),
        (Metric::Median, Comparison::AtLeast)
    );
    assert!((whole.threshold.value() - 90.0).abs() < 1e-9);
    assert_eq!(whole.to_string(), "chef-scratch/source:median >= 1.5m");
    for (text, value) in [
        ("size > 30MB", 3e7),
        ("size > 30 MB", 3e7),
        ("basic/size > 30MiB", 31_457_280.0),
        ("cold:push > 878kB", 878e3),
        ("median > 300ms", 0.3),
        ("cpu < 1h", 3600.0),
        ("unchanged:cached < 90%", 0.9),
        ("layers > 4", 4.0),
        ("context >= 0.5GB", 5e8),
    ] {
        let found = rule(text).threshold.value();
        assert!((found - value).abs() < value * 1e-12, "{text}: {found}");
    }
}

#[test]
fn a_fault_names_its_place_and_what_would_be_understood() {
    for (text, expected) in [
        (
            "edit:median",
            "`edit:median`, character 12: there is no `>`",
        ),
        (
            "edit:medium > 20s",
            "character 6: there is no metric `medium`; there are: median, cpu",
        ),
        (
            "edits:median > 20s",
            "character 1: there is no scenario `edits`; there are: unchanged",
        ),
        ("a b/size > 3MB", "character 1: `a b` is no id"),
        ("/size > 3MB", "character 1: `` is no id"),
        (
            "median > 20",
            "character 12: a unit is missing; the value is a time such as `20s`",
        ),
        (
            "median > 20MB",
            "character 12: `MB` is no unit for it; the value is a time",
        ),
        (
            "size > 30Mb",
            "character 10: `Mb` is no unit for it; the value is a size",
        ),
        (
            "size > x",
            "character 8: this is no number; the value is a size",
        ),
        ("size > -1MB", "character 8: this is no number"),
        (
            "layers > 1e3",
            "character 11: `e3` is no unit for it; the value is a number",
        ),
        ("median > 1.2.3s", "character 10: this is no number"),
        ("size >> 3MB", "character 7: this is no number"),
        (
            "max > 20s",
            "character 1: `max` cannot be judged surely from a few runs; `median` can",
        ),
        ("ä:median > 20s", "character 1: there is no scenario `ä`"),
        ("", "character 1: there is no `>`"),
    ] {
        let found = fault(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
    assert!(!fault("\u{1b}[m > 3").contains('\u{1b}'));
    assert!(fault(&"x".repeat(5000)).len() < 400);
}

fn any_rule() -> impl Strategy<Value = String> {
    let strategy = prop::option::of("[a-z0-9][a-z0-9-]{0,9}");
    let scenario = prop::option::of(prop::sample::select(Prior::ALL.to_vec()));
    let metric = prop::sample::select(Metric::ALL.to_vec());
    let sign = prop::sample::select(vec![">", ">=", "<", "<="]);
    let number = "[0-9]{1,12}(\\.[0-9]{1,6})?";
    (
        strategy,
        scenario,
        metric,
        sign,
        number,
        any::<prop::sample::Index>(),
    )
        .prop_map(|(strategy, scenario, metric, sign, number, index)| {
            let units: Vec<&str> = Unit::ALL
                .iter()
                .filter(|unit| {
                    Amount::parse(&format!("1{}", unit.word()), metric.measure()).is_ok()
                })
                .map(|unit| unit.word())
                .collect();
            let strategy = strategy.map_or_else(String::new, |id| format!("{id}/"));
            let scenario = scenario.map_or_else(String::new, |prior| format!("{prior}:"));
            let unit = units[index.index(units.len())];
            format!(
                "{strategy}{scenario}{} {sign} {number}{unit}",
                metric.word()
            )
        })
}

proptest! {
    #[test]
    fn what_is_printed_is_parsed_as_the_same(text in any_rule()) {
        let rule: Rule = text.parse().unwrap();
        let printed = rule.to_string();
        prop_assert_eq!(printed.parse::<Rule>().unwrap(), rule.clone());
        prop_assert_eq!(printed.parse::<Rule>().unwrap().to_string(), printed);
        prop_assert!(rule.threshold.value().is_finite());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}", cut in any::<prop::sample::Index>(), whole in any_rule()) {
        let place = |text: &str| {
            if let Err(fault) = text.parse::<Rule>() {
                assert!(fault.at >= 1 && fault.at <= text.chars().count() + 1, "{fault}");
            }
        };
        place(&text);
        let end = cut.index(whole.len());
        place(&format!("{}{text}{}", &whole[..end], &whole[end..]));
    }
}
