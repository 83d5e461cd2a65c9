#include "plugin/storage/storage.h"
