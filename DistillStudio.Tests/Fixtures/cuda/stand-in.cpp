// Stands in for the functions of libtorch and of CUDA's runtime that the program calls by name, with their signatures.
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

enum cudaStreamCaptureMode { Global, ThreadLocal, Relaxed };

static int capturing = 0;      // cudaStreamCaptureStatus: 0 none, 1 active, 2 invalidated
static int ends_that_fail = 0; // next calls of capture_end
static int error = 0;          // what the device reports
static int alive = 0;          // graphs
static int replays = 0;
static int mode = -1;
static unsigned long long pool_begun = 0;
static std::size_t free_memory = 1000000;
static long current = -1; // 1000 * device + id of the current stream

extern "C" {
int cudaSetDevice(int device) { return device == 2 ? 0 : 101; }
int cudaStreamIsCapturing(void*, int* status) { *status = capturing; return 0; }
int cudaStreamEndCapture(void*, void** graph) { capturing = 0; *graph = nullptr; return 901; }
int cudaStreamSynchronize(void*) { return error; }
int cudaStreamQuery(void*) { return error ? error : 600; }
int cudaGetLastError() { return 0; }
const char* cudaGetErrorString(int code) { return code == 719 ? "unspecified launch failure" : "another error"; }
int cudaMemGetInfo(std::size_t* left, std::size_t* total) { *left = free_memory -= 1000; *total = 2000000; return 0; }
void stand_in_set(int what, int value) { (what == 0 ? ends_that_fail : what == 1 ? error : capturing) = value; }
long stand_in_get(int what) {
  return what == 0 ? mode : what == 1 ? (long)pool_begun : what == 2 ? alive : what == 3 ? replays : what == 4 ? capturing : current;
}
}

namespace c10 {
struct Device {
  std::int8_t type, index;
  Device(std::int8_t type, std::int8_t index) : type(type), index(index) {}
};
struct Stream {
  Device device;
  std::int64_t id;
  Stream(Device device, std::int64_t id) : device(device), id(id) {}
};
namespace cuda {
struct CUDAStream {
  Stream own;
  explicit CUDAStream(Stream own) : own(own) {}
  void* stream() const;
};
void* CUDAStream::stream() const { return (void*)(1000 * (long)own.device.index + own.id); }
CUDAStream getStreamFromPool(const bool, std::int8_t device) {
  if (device > 7) throw std::runtime_error("no such device\nframe #0");
  return CUDAStream(Stream(Device(1, device), 5));
}
void setCurrentCUDAStream(CUDAStream stream) { current = (long)stream.stream(); }
}
}

namespace at {
namespace cuda {
struct CUDAGraph {
  explicit CUDAGraph(bool keep_graph = false);
  ~CUDAGraph();
  void capture_begin(std::pair<unsigned long long, unsigned long long> pool, cudaStreamCaptureMode mode);
  void capture_end();
  void replay();
  std::pair<unsigned long long, unsigned long long> pool();
  int is_live = 42;
  bool has_ended = false;
  std::string more;
};
CUDAGraph::CUDAGraph(bool keep_graph) {
  if (keep_graph) throw std::runtime_error("the graph would not be instantiated");
  alive++;
}
CUDAGraph::~CUDAGraph() { alive--; is_live = 0; }
void CUDAGraph::capture_begin(std::pair<unsigned long long, unsigned long long> pool, cudaStreamCaptureMode capture_mode) {
  if (is_live != 42 || capturing || pool.second) throw std::runtime_error("cannot begin");
  pool_begun = pool.first; mode = capture_mode; capturing = 1;
}
void CUDAGraph::capture_end() {
  if (ends_that_fail > 0) {
    ends_that_fail--;
    throw std::runtime_error("CUDA error: operation failed due to a previous error during capture\nframe #0");
  }
  if (is_live != 42 || capturing != 1) throw std::runtime_error("cannot end");
  capturing = 0; has_ended = true;
}
void CUDAGraph::replay() {
  if (is_live != 42 || !has_ended) throw std::runtime_error("cannot replay");
  replays++;
}
std::pair<unsigned long long, unsigned long long> CUDAGraph::pool() { return {7, 0}; }
}
}
