// Drives the OpenAI library for Node against the address given; prints what it got as JSON.
import OpenAI from "openai";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const messages = [{ role: "user", content: "Hi" }];
const got = {};

got.models = (await client.models.list()).data.map((model) => model.id);

const reply = await client.chat.completions.create({ model: "ben", messages, n: 2 });
got.replies = reply.choices.map((choice) => choice.message.content);
got.examples = reply.offbook.examples.length;
got.totalTokens = reply.usage.total_tokens;

got.streamed = "";
const stream = await client.chat.completions.create({
  model: "ben",
  messages,
  stream: true,
  stream_options: { include_usage: true },
});
for await (const chunk of stream) {
  got.streamed += chunk.choices[0]?.delta?.content ?? "";
  got.streamedTokens = chunk.usage?.total_tokens;
}

const response = await client.responses.create({ model: "ben", input: "Hi" });
got.response = [response.status, response.output_text];

got.responseEvents = [];
got.responseStreamed = "";
for await (const event of await client.responses.create({ model: "ben", input: "Hi", stream: true })) {
  if (event.type !== "response.output_text.delta") got.responseEvents.push(event.type);
  else got.responseStreamed += event.delta;
}
const accumulated = client.responses.stream({ model: "ben", input: "Hi" });
got.responseFinal = (await accumulated.finalResponse()).output_text;

const completion = await client.completions.create({ model: "index-raw", prompt: "Once" });
got.text = completion.choices[0].text;

const vectors = await client.embeddings.create({ model: "embedder", input: ["a", "b"] });
got.vectors = vectors.data.map((each) => [each.index, each.embedding.length]);

try {
  await client.chat.completions.create({ model: "anna", messages });
} catch (error) {
  got.error = [error.constructor.name, error.status, error.code];
}

const aborted = await client.chat.completions.create({
  model: "ben",
  messages: [{ role: "user", content: "Talk for long." }],
  stream: true,
});
for await (const chunk of aborted) break;
aborted.controller.abort();

console.log(JSON.stringify(got));
