"""PyPI's `openai` client, as it comes, against pawl; prints what it got as one JSON object."""

import json
import sys

from openai import BadRequestError, NotFoundError, OpenAI

given = json.load(sys.stdin)
client = OpenAI(base_url=given["url"] + "/v1", api_key="none", max_retries=0)
question = [{"role": "user", "content": given["question"]}]
got = {}

completion = client.chat.completions.create(model="app/small", messages=question)
got["answer"] = completion.choices[0].message.content
got["citations"] = completion.pawl["citations"]

chunks = list(client.chat.completions.create(model="app/small", messages=question, stream=True))
got["streamed"] = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
got["last"] = chunks[-1].model_dump().get("pawl")

raw = client.chat.completions.with_raw_response.create(model="app/small", messages=question)
got["header"] = raw.headers["x-pawl-turn"] == raw.parse().id

schema = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 12}, "nights": {"type": "integer"}},
    "required": ["city", "nights"],
    "additionalProperties": False,
}
shaped = client.chat.completions.create(
    model="local/default",
    messages=[{"role": "user", "content": "Two nights in Paris."}],
    response_format={"type": "json_schema", "json_schema": {"name": "trip", "schema": schema, "strict": True}},
    max_tokens=48,
)
got["shaped"] = json.loads(shaped.choices[0].message.content)

spoken = client.chat.completions.create(
    model="local/default", messages=question, max_tokens=4, logprobs=True, top_logprobs=2
)
got["logprobs"] = [
    [token.logprob, [other.token for other in token.top_logprobs]] for token in spoken.choices[0].logprobs.content
]

# Without an encoding the client asks for base64 and decodes it itself.
embedder = "local/bge-small-en-v1.5"
vectors = [
    client.embeddings.create(model=embedder, input=["leave"], **options).data[0].embedding
    for options in ({}, {"encoding_format": "float"})
]
got["dimensions"] = [len(vector) for vector in vectors]
got["difference"] = max(abs(a - b) for a, b in zip(*vectors))

got["models"] = [model.id for model in client.models.list()]

for name, body in {
    "unknown": {"model": "local/smollm2-135m-instrukt", "messages": question},
    "bad": {"model": "app/small", "messages": question, "temperature": 9},
}.items():
    try:
        client.chat.completions.create(**body)
    except (NotFoundError, BadRequestError) as error:
        got[name] = [type(error).__name__, error.code, error.type]

print(json.dumps(got))
