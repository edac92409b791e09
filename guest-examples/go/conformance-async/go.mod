module conformance-async

go 1.26

require (
	go.bytecodealliance.org/pkg v0.2.2
	wit_component v0.0.0
)

// What `larder bindings` writes.
replace (
	go.bytecodealliance.org/pkg => ../../../target/languages/go-conformance-async/witpkg
	wit_component => ../../../target/languages/go-conformance-async
)
