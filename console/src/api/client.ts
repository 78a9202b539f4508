/** One way to talk to the server: JSON in and out, the CSRF header, errors as values with a code. */

import type { Language } from "./types";

/** The server answered and said no; `title` and `detail` are in the reader's language. */
export class Problem extends Error {
  readonly name = "Problem";

  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail || title);
  }
}

/** No answer came: the network is away, or the server is. Trying again is safe. */
export class Unreachable extends Error {
  readonly name = "Unreachable";
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

interface Options {
  readonly method?: Method;
  readonly json?: unknown;
  readonly body?: FormData | Blob | string;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** Long enough for a slow mobile network; a picture or a ZIP asks for more. */
const TIMEOUT_MS = 20_000;
const BEHIND_THE_SERVER = new Set([502, 503, 504]);

const connection = { csrf: "", language: "en" as Language };

export function rememberCsrf(token: string): void {
  connection.csrf = token;
}

export function speak(language: Language): void {
  connection.language = language;
}

const loggedOut = new Set<() => void>();

/** Hear of it when the server no longer knows us. */
export function onLoggedOut(listener: () => void): () => void {
  loggedOut.add(listener);
  return () => void loggedOut.delete(listener);
}

export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const response = await reach(path, options);
  if (response.ok) return (response.status === 204 ? null : await response.json()) as T;
  const problem = await problemOf(response);
  if (problem.code === "not_logged_in") for (const listener of loggedOut) listener();
  throw problem;
}

async function reach(path: string, options: Options): Promise<Response> {
  const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
  try {
    const response = await fetch(`/api/v1${path}`, { ...wireForm(options), signal, credentials: "same-origin" });
    if (BEHIND_THE_SERVER.has(response.status)) throw new Unreachable(`HTTP ${response.status}`);
    return response;
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw error instanceof Unreachable ? error : new Unreachable(String(error));
  }
}

function wireForm({ method = "GET", json, body, contentType }: Options): RequestInit {
  const headers = new Headers({ Accept: "application/json", "Accept-Language": connection.language });
  if (method !== "GET") headers.set("X-CSRF-Token", connection.csrf);
  if (json !== undefined) headers.set("Content-Type", "application/json");
  if (contentType) headers.set("Content-Type", contentType);
  const content = json === undefined ? body : JSON.stringify(json);
  return content === undefined ? { method, headers } : { method, headers, body: content };
}

async function problemOf(response: Response): Promise<Problem> {
  const body = await readObject(response);
  const text = (key: string): string => (typeof body[key] === "string" ? body[key] : "");
  return new Problem(response.status, text("code"), text("title") || response.statusText, text("detail"), body);
}

async function readObject(response: Response): Promise<Record<string, unknown>> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}
