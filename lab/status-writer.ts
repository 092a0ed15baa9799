import { ApiError, type ApiClient } from "./api-client.js";
import { isAborted, pause } from "./pause.js";

const retryMs = 500;

/**
 * Writes the status of one object whenever it changed, one request at a time, through outages of the API
 * server. Only the newest status is ever written.
 */
export class StatusWriter<T> {
  readonly #client: ApiClient;
  readonly #path: string;
  readonly #body: () => object;
  readonly #onWritten: (object: T) => void;
  readonly #signal: AbortSignal;
  #dirty = false;
  #writing: Promise<void> | undefined;

  /**
   * @param path - path of the object, without `/status`
   * @param body - computes the merge patch at the moment of writing
   */
  constructor(
    client: ApiClient,
    path: string,
    body: () => object,
    onWritten: (object: T) => void,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#path = path;
    this.#body = body;
    this.#onWritten = onWritten;
    this.#signal = signal;
  }

  /** The status changed. */
  changed(): void {
    this.#dirty = true;
    this.#writing ??= this.#write();
  }

  /** Resolves when nothing is left to write. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#dirty && !isAborted(this.#signal)) {
      this.#dirty = false;
      try {
        this.#onWritten(await this.#client.patch<T>(`${this.#path}/status`, this.#body()));
      } catch (error) {
        // The object is gone, or another one has its name by now.
        if (error instanceof ApiError && [404, 409].includes(error.status)) break;
        this.#dirty = true;
        await pause(retryMs, this.#signal);
      }
    }
    this.#writing = undefined;
  }
}
