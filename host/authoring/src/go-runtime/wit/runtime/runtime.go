package runtime

import (
	"fmt"
	"runtime"
	"unsafe"
)

type Handle struct {
	value int32
}

func (h *Handle) Use() int32 {
	if h.value == 0 {
		panic("nil handle")
	}
	return h.value
}

func (h *Handle) Take() int32 {
	if h.value == 0 {
		panic("nil handle")
	}
	value := h.value
	h.value = 0
	return value
}

func (h *Handle) Set(value int32) {
	if value == 0 {
		panic("nil handle")
	}
	if h.value != 0 {
		panic("handle already set")
	}
	h.value = value
}

func (h *Handle) TakeOrNil() int32 {
	value := h.value
	h.value = 0
	return value
}

func MakeHandle(value int32) *Handle {
	if value == 0 {
		panic("nil handle")
	}
	return &Handle{value}
}

func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	pointer := allocateRaw(size, align)
	pinner.Pin(pointer)
	return pointer
}

func allocateRaw(size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return nil
	}

	if size%align != 0 {
		panic(fmt.Sprintf("size %v is not compatible with alignment %v", size, align))
	}

	switch align {
	case 1:
		return unsafe.Pointer(unsafe.SliceData(make([]uint8, size)))
	case 2:
		return unsafe.Pointer(unsafe.SliceData(make([]uint16, size/align)))
	case 4:
		return unsafe.Pointer(unsafe.SliceData(make([]uint32, size/align)))
	case 8:
		return unsafe.Pointer(unsafe.SliceData(make([]uint64, size/align)))
	default:
		panic(fmt.Sprintf("unsupported alignment: %v", align))
	}
}

// NB: `cabi_realloc` may be called before the Go runtime has been initialized,
// in which case we need to use `runtime.sbrk` to do allocations.  The following
// is an abbreviation of [Till's
// efforts](https://github.com/bytecodealliance/go-modules/pull/367).

//go:linkname sbrk runtime.sbrk
func sbrk(n uintptr) unsafe.Pointer

//nolint:unused
var useGCAllocations = false

func init() {
	useGCAllocations = true
}

//nolint:unused
func offset(ptr, align uintptr) uintptr {
	newptr := (ptr + align - 1) &^ (align - 1)
	return newptr - ptr
}

// Changed in Larder, from here to the end of the file: memory that the host asks for is had without the garbage
// collector, and what the host has put into it is not kept for ever.
//
// While the host calls `cabi_realloc` the component must not call anything outside, and Go's runtime asks for the time.
// The heap asks for the monotonic one when it grows: the adapter can stop that clock. The collector asks for the other one
// as well, when it begins and when it ends: it is held back, as it is wherever a goroutine is pinned to its processor, and
// is called upon afterwards if there was much that it did not see.

//go:wasmimport wasi_snapshot_preview1 adapter_monotonic_clock_set_paused
func adapterMonotonicClockSetPaused(paused bool)

//go:linkname procPin runtime.procPin
func procPin() int

//go:linkname procUnpin runtime.procUnpin
func procUnpin()

// What the host was given and nobody has made a value of yet. Objects do not move, so to refer to them is to pin them.
//
//nolint:unused
var handedOut []unsafe.Pointer

// Bytes that the host was given since the collector was last called upon.
//
//nolint:unused
var unseen uintptr

// After so many bytes.
const unseenAtMost = 1 << 18

// Unpin says that values were made of all that the host has handed over.
func Unpin() {
	handedOut = nil
	collectIfDue()
}

// Lifting is to be called right after the host has answered, and the function that it returns once values were made of
// the answer.
func Lifting() func() {
	answer := handedOut
	handedOut = nil
	return func() {
		runtime.KeepAlive(answer)
		collectIfDue()
	}
}

var due []byte

// collectIfDue allocates enough for the runtime to look whether it is time to collect.
func collectIfDue() {
	if unseen >= unseenAtMost {
		unseen = 0
		due = make([]byte, 1<<16)
		due = nil
	}
}

//nolint:unused
//go:wasmexport cabi_realloc
func cabiRealloc(oldPointer unsafe.Pointer, oldSize, align, newSize uintptr) unsafe.Pointer {
	if oldPointer != nil || oldSize != 0 {
		panic("todo")
	}

	if useGCAllocations {
		adapterMonotonicClockSetPaused(true)
		procPin()
		pointer := allocateRaw(newSize, align)
		handedOut = append(handedOut, pointer)
		unseen += newSize
		procUnpin()
		adapterMonotonicClockSetPaused(false)
		return pointer
	} else {
		alignedSize := newSize + offset(newSize, align)
		unaligned := sbrk(alignedSize)
		off := offset(uintptr(unaligned), align)
		return unsafe.Add(unaligned, off)
	}
}
