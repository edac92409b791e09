module conformance

go 1.25

require (
	go.bytecodealliance.org/pkg v0.2.2
	wit_component v0.0.0
)

// What `larder bindings` writes.
replace (
	go.bytecodealliance.org/pkg => ../../../target/languages/go-conformance/witpkg
	wit_component => ../../../target/languages/go-conformance
)
