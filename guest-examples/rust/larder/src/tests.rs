//! What is made of declarations, and what is said of mistakes. That the compiler takes it, the guests show that use it.

use proc_macro2::TokenStream;
use quote::quote;

/// The entries of the manifest that an implementation with these functions declares, each in one text.
fn entries(functions: &TokenStream) -> Vec<String> {
    let expanded = crate::tasks::expand(TokenStream::new(), quote!(impl text::Guest for Component { #functions }));
    let expanded = expanded.to_string();
    assert!(!expanded.contains("compile_error"), "{expanded}");
    expanded.split("Task { name").skip(1).map(str::to_owned).collect()
}

/// The errors of an implementation, in the order in which they stand there.
fn errors(arguments: TokenStream, implementation: TokenStream) -> String {
    let expanded = crate::tasks::expand(arguments, implementation).to_string();
    let errors = expanded.split("compile_error ! {").skip(1);
    errors.map(|error| error.split('}').next().unwrap_or_default().trim()).collect::<Vec<_>>().join("; ")
}

#[test]
fn functions_that_declare_nothing_have_no_entry() {
    let entries = entries(&quote! {
        fn a() {}
        #[cached_task("1")]
        fn b() {}
        #[task]
        fn c() {}
        #[doc = "d"]
        fn d() {}
    });
    assert_eq!(entries.len(), 2, "{entries:#?}");
    assert!(entries[0].contains(r##""#b""##) && entries[1].contains(r##""#c""##), "{entries:#?}");
}

#[test]
fn names_are_those_of_wit() {
    for (function, label) in [
        (
            quote!(
                fn word_stats() {}
            ),
            "word-stats",
        ),
        (
            quote!(
                fn r#type() {}
            ),
            "type",
        ),
    ] {
        let entries = entries(&quote!(#[larder::cached_task("1")] #function));
        assert!(entries[0].contains(&format!("\"#{label}\"")), "{entries:?}");
    }
}

#[test]
fn what_is_not_said_has_its_default() {
    let [cached, other] = &entries(&quote! {
        #[cached_task(pinned)]
        fn a() {}
        #[task]
        fn b() {}
    })[..] else {
        panic!("two entries");
    };
    let rest = "timeout_seconds : :: core :: option :: Option :: None , \
                needs : :: std :: vec :: Vec :: < Capability > :: from ([]) , file_names : false ,";
    assert!(cached.contains("size : Small , cache : :: core :: option :: Option :: Some"), "{cached}");
    assert!(cached.contains("Cache { version : Pinned , scope : Account , cache_errors : false }"), "{cached}");
    assert!(cached.contains(rest), "{cached}");
    assert!(other.contains("size : Small , cache : :: core :: option :: Option :: None"), "{other}");
    assert!(other.contains(rest), "{other}");
}

#[test]
fn what_is_said_is_in_the_entry() {
    let all = &entries(&quote! {
        #[cached_task("2", size = Custom(HUGE), scope = Workflow, cache_errors, timeout_seconds = 60, file_names = true)]
        fn a() {}
        #[task(needs = [OpenWorld])]
        fn b() {}
    });
    for part in [
        "size : Custom (HUGE)",
        "version : Declared (:: std :: string :: String :: from (\"2\"))",
        "scope : Workflow , cache_errors : true",
        "Some (60)",
        "file_names : true",
    ] {
        assert!(all[0].contains(part), "{part} in {}", all[0]);
    }
    assert!(all[1].contains("from ([OpenWorld])"), "{}", all[1]);
}

#[test]
fn a_task_that_is_not_built_has_no_entry() {
    let entries = entries(&quote!(
        #[cfg(unix)]
        #[cached_task("1")]
        fn a() {}
    ));
    assert_eq!(entries.len(), 1);
    let expanded = crate::tasks::expand(
        TokenStream::new(),
        quote!(impl text::Guest for Component { #[cfg(unix)] #[cached_task("1")] fn a() {} }),
    );
    assert_eq!(expanded.to_string().matches("# [cfg (unix)]").count(), 2, "{expanded}");
}

#[test]
fn mistakes_are_told() {
    for (declaration, error) in [
        (quote!(cached_task), "declare a version"),
        (quote!(cached_task()), "declare a version"),
        (quote!(cached_task(size = Large)), "declare a version"),
        (quote!(cached_task("")), "a version is a text"),
        (quote!(cached_task(1)), "a version is a text"),
        (quote!(cached_task("1", sise = Large)), "`sise` is none of"),
        (quote!(cached_task("1", "2")), "expected identifier"),
        (quote!(cached_task("1", size = Large, size = Small)), "`size` is there twice"),
        (quote!(cached_task("1", needs = [])), "a cached task can need nothing"),
        (quote!(task("1")), "expected identifier"),
        (quote!(task(cache_errors)), "`cache_errors` is of the cache"),
        (quote!(task(pinned)), "`pinned` is none of"),
        (quote!(task = 1), "write `#[task(size = Large)]`"),
    ] {
        let told = errors(TokenStream::new(), quote!(impl text::Guest for Component { #[#declaration] fn a() {} }));
        assert!(told.contains(error) && !told.contains(';'), "{declaration}: {told}");
    }
    let twice = quote!(impl text::Guest for Component { #[task] #[cached_task("1")] fn a() {} });
    assert!(errors(TokenStream::new(), twice).contains("declared once"));
    assert!(errors(quote!("1"), quote!(impl text::Guest for Component {})).contains("stand at the functions"));
    for misplaced in [quote!(impl Component {}), quote!(impl Display for Component {})] {
        assert!(errors(TokenStream::new(), misplaced).contains("belongs above"));
    }
}

#[test]
fn a_component_lists_where_its_tasks_are() {
    let expand = |input| crate::component::expand(input).map(|expanded| expanded.to_string());
    let expanded = expand(quote! { world: "w", tasks: [a::words, Guest], path: ["x", "wit"] }).unwrap();
    for part in [
        r#"generate ! ({ world : "w" , path : ["x" , "wit"] , generate_all })"#,
        "use bindings :: exports :: a :: words ;",
        "use bindings :: Guest ;",
        r#"declared ("words")"#,
        r#"declared (:: core :: env ! ("CARGO_PKG_NAME"))"#,
    ] {
        assert!(expanded.contains(part), "{part} in {expanded}");
    }
    for (input, error) in [
        (quote!(world: "w"), "list the interfaces"),
        (quote!(tasks: [a], tasks: [b]), "there twice"),
        (quote!(tasks: a), "square brackets"),
        (quote!(tasks: [a::<b>]), "the path of an interface"),
    ] {
        let told = expand(input).unwrap_err().to_string();
        assert!(told.contains(error), "{told}");
    }
}
